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
from ..numerics.chunks import folded
from ..risk_set_sums import risk_sets as at_risk
from . import firth_kernels as kernels
from .likelihood import CoxData, Evaluation


def penalty_score(data: CoxData, at: Evaluation, covariance: Floats) -> Floats:
    """``∂ log|I| / ∂β`` (p) at an evaluation; ``covariance`` is the inverse information there."""
    p, steps = len(covariance), data.steps
    V = np.zeros((data.rows.shape[1], data.rows.shape[1]))
    V[1 : p + 1, 1 : p + 1] = covariance
    h, tied, out = np.empty_like(at.total), np.empty_like(at.total), np.zeros(len(V))
    kernels.steps(at.total, at.tied, steps.n, steps.of_time, V, h, tied, out)
    rows = _running if data.sets.running else _by_level
    return (rows(data, at.risk, h, tied, V) + out)[1 : p + 1]


def _by_level(data: CoxData, risk: Floats, h: Floats, tied: Floats, V: Floats) -> Floats:
    sets = data.sets
    tables = at_risk.range_tables(sets, h)

    def lane(which: int) -> Floats:
        out, runs = np.zeros(len(V)), sets.runs[which]
        kernels.rows_by_level(data.rows, risk, tables, tied, sets.ends, sets.event, runs, V, out)
        return out

    return folded(at_risk.in_lanes(sets.n_lanes, lane))


def _running(data: CoxData, risk: Floats, h: Floats, tied: Floats, V: Floats) -> Floats:
    sets = data.sets
    cells, edges = at_risk.range_cells(sets, h), at_risk.row_lanes(sets)

    def lane(which: int) -> Floats:
        out, part = np.zeros(len(V)), (edges[which], edges[which + 1])
        kernels.rows_running(data.rows, risk, cells, tied, sets.ends, sets.event, *part, V, out)
        return out

    return folded(at_risk.in_lanes(len(edges) - 1, lane))
