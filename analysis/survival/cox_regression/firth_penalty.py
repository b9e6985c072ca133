"""The gradient of Firth's penalty, ``∂ log|I| / ∂β``, in one pass over the rows.

With V = I⁻¹, q_i = x_iᵀ V x_i, and over the likelihood's steps (event time and, under Efron, tie
index) weights w̄, means m and hazards h = w̄/S0:

    ∂ log|I| / ∂β = Σ r (A q x - q ΔQ - 2 x (xᵀ V ΔQ)) + 2 Σ w̄ (mᵀ V m) m,

where A and ΔQ sum h and h m over the steps that a row is at risk in. The second term is Σ w̄ q̄ m,
q̄ the mean of q over a step's risk set, with the sums over rows and steps exchanged: no sum over
risk sets is left, and no third-order array is formed.
"""

from __future__ import annotations

import numpy as np

from ..arguments import Floats
from ..numerics.chunks import folded, in_lanes
from . import firth_kernels as kernels
from .data import CoxData, Evaluation


def penalty_score(data: CoxData, at: Evaluation, covariance: Floats) -> Floats:
    """``∂ log|I| / ∂β`` (p) at an evaluation; ``covariance`` is the inverse information there."""
    p, steps = len(covariance), data.steps
    V = np.zeros((data.rows.shape[1], data.rows.shape[1]))
    V[1 : p + 1, 1 : p + 1] = covariance
    h, tied, out = np.empty_like(at.total), np.empty_like(at.total), np.zeros(len(V))
    kernels.steps(at.total, at.tied, steps.n, steps.of_time, V, h, tied, out)
    return (_rows(data, at.risk, h, tied, V) + out)[1 : p + 1]


def _rows(data: CoxData, risk: Floats, h: Floats, tied: Floats, V: Floats) -> Floats:
    sets, longest = data.sets, int(np.diff(data.sets.segment).max())

    def lane(which: int) -> Floats:
        out, work, runs = np.zeros(len(V)), np.empty((longest, len(V))), sets.runs[which]
        kernels.rows(data.rows, risk, h, tied, sets.ends, sets.event, runs, V, work, out)
        return out

    return folded(in_lanes(sets.n_lanes, lane))
