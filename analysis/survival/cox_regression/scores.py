"""Each row's share of the Cox score, and the sandwich variance made of clusters of rows.

For a row at risk over steps with means m, hazards h = w̄/S0 and Efron's share c of the row in the
step (1, or 1 - j/d for an event at its own time):

    U_i = event_i (x_i - mean of m over the steps of its time) - exp(η_i) Σ_steps c h (x_i - m).

(Therneau, Grambsch & Fleming 1990; Lin & Wei 1989 for the sandwich; Efron form as in Therneau &
Grambsch 2000, 7.1.)
"""

from __future__ import annotations

import numpy as np

from ..arguments import Floats, Ints
from ..risk_set_sums import risk_set_kernels as kernels
from ..risk_set_sums import risk_sets as at_risk
from . import likelihood_kernels as cox_kernels
from .data import CoxData, Evaluation
from .likelihood import by_time, exposed


def _hazard_tables(data: CoxData, at: Evaluation) -> tuple[Floats, Floats]:
    """By event time ``Σ h`` and ``Σ h m`` over the steps, and the part taken from tied events."""
    hazard = np.column_stack([at.hazard, at.hazard[:, None] * at.mean])
    return by_time(data, hazard), by_time(data, data.steps.fraction[:, None] * hazard)


def score_rows(data: CoxData, at: Evaluation) -> Floats:
    """Unweighted score residual of every kept row: n × p."""
    sets = data.sets
    out = _exposed_part(data, at)
    k = sets.last[sets.event_rows]
    out[sets.event_rows] += data.event_x - mean_at_event(data, at)[k]
    return out


def _exposed_part(data: CoxData, at: Evaluation) -> Floats:
    """``exp(η) Σ c h (m - x)`` of every kept row."""
    out = exposed(data, *_hazard_tables(data, at))
    return (at.risk / data.weight)[:, None] * (out[:, 1:] - data.X * out[:, :1])


def mean_at_event(data: CoxData, at: Evaluation) -> Floats:
    """Risk-set mean of the covariates at each event time, averaged over Efron's steps."""
    n_steps = by_time(data, np.ones(len(at.hazard)))
    return by_time(data, at.mean) / n_steps[:, None]


def by_group(values: Floats, group: Ints, n_groups: int) -> Floats:
    """Add up rows of ``values`` by group, in the order of the rows."""
    columns = [np.bincount(group, v, minlength=n_groups) for v in values.T]
    return np.stack(columns, axis=1) if columns else np.zeros((n_groups, 0))


def sandwich(data: CoxData, at: Evaluation, covariance: Floats, cluster: Ints) -> Floats:
    """``Σ D Dᵀ`` over clusters of ``D = covariance · Σ w U``; codes in the caller's order."""
    total = np.zeros((int(cluster.max()) + 1, data.X.shape[1]))
    cox_kernels.add_by_group(score_rows(data, at), data.weight, cluster[data.sets.order], total)
    meat = np.zeros_like(covariance)
    kernels.cross_product(total, np.ones(len(total)), 0, len(total), meat)
    return covariance @ at_risk.symmetric(meat) @ covariance
