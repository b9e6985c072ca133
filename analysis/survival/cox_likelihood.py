"""The log partial likelihood of a Cox model, its score and its information.

At event time k with d events of mean weight w̄, the Breslow form takes one step of weight d w̄;
Efron's takes d steps j = 0..d-1 of weight w̄ in which the events count 1 - j/d (Efron 1977;
weights as Therneau & Grambsch 2000, 3.3). With S0, S1 the sums of r = w exp(η) and r x over the
risk set so corrected and m = S1/S0:

    ℓ = Σ_events w η - Σ_steps w̄ log S0,   U = Σ_events w x - Σ_steps w̄ m,
    I = Σ_rows r A x xᵀ - Σ_steps w̄ m mᵀ,  A = Σ w̄/S0 over the steps a row is at risk in.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analysis.survival import risk_set_kernels as kernels
from analysis.survival import risk_sets as at_risk
from analysis.survival.arguments import Floats, Ints
from analysis.survival.risk_sets import RiskSets


@dataclass(frozen=True)
class CoxData:
    """Kept rows centred by stratum (the likelihood does not change; sums keep their digits)."""

    sets: RiskSets
    X: Floats
    offset: Floats
    weight: Floats
    centre: Floats
    offset_centre: Floats
    steps: Steps


@dataclass(frozen=True)
class Steps:
    """One entry a likelihood step, grouped by event time; ``first[k]`` is where time k begins."""

    time: Ints
    fraction: Floats
    weight: Floats
    first: Ints


@dataclass(frozen=True)
class Evaluation:
    """The likelihood at ``beta``; ``hazard`` and ``mean`` are by step, ``risk`` by kept row."""

    beta: Floats
    risk: Floats
    log_likelihood: float
    score: Floats
    hazard: Floats
    mean: Floats


def cox_data(
    X: Floats, offset: Floats, weight: Floats, stratum: Ints, sets: RiskSets, efron: bool
) -> CoxData:
    """Centre the kept rows of ``X`` and ``offset`` (given in the caller's order)."""
    n_strata, p = len(sets.segment) - 1, X.shape[1]
    centre, offset_centre = np.zeros((n_strata, p)), np.zeros(n_strata)
    n = np.zeros(n_strata, np.int64)
    kernels.stratum_totals(X, offset, sets.order, stratum, centre, offset_centre, n)
    centre /= np.maximum(n, 1)[:, None]
    offset_centre /= np.maximum(n, 1)
    kept_x, kept_offset = np.empty((len(sets.order), p)), np.empty(len(sets.order))
    kernels.gather_centred(
        X, offset, sets.order, stratum, centre, offset_centre, kept_x, kept_offset
    )
    kept_weight = weight[sets.order]
    steps = _steps(sets, kept_weight, efron)
    return CoxData(sets, kept_x, kept_offset, kept_weight, centre, offset_centre, steps)


def _steps(sets: RiskSets, weight: Floats, efron: bool) -> Steps:
    total = np.add.reduceat(weight[sets.event_rows], sets.event_start[:-1])
    n = sets.n_events if efron else np.ones(len(sets.times), np.int64)
    first = np.cumsum(n) - n
    time = np.repeat(np.arange(len(n)), n)
    fraction = (np.arange(len(time)) - first[time]) / n[time]
    return Steps(time, fraction, (total / n)[time], first)


def evaluate(data: CoxData, beta: Floats) -> Evaluation:
    """Log-likelihood and score at ``beta``: one pass over the rows."""
    sets, steps = data.sets, data.steps
    risk = np.empty(len(data.offset))
    edges = np.arange(sets.n_lanes + 1) * len(risk) // sets.n_lanes

    def lane(which: int) -> None:
        part = slice(edges[which], edges[which + 1])
        kernels.risk_scores(data.X[part], data.offset[part], data.weight[part], beta, risk[part])

    at_risk.in_lanes(sets.n_lanes, lane)
    total = at_risk.sums(sets, data.X, risk)
    tied = at_risk.event_sums(sets, data.X, risk)
    with np.errstate(all="ignore"):
        s = total[steps.time] - steps.fraction[:, None] * tied[steps.time]
        mean = s[:, 1:] / s[:, :1]
        hazard = steps.weight / s[:, 0]
        log_s0 = np.log(s[:, 0])
    x, w = data.X[sets.event_rows], data.weight[sets.event_rows]
    eta = x @ beta + data.offset[sets.event_rows]
    log_likelihood = float(np.sum(w * eta) - np.sum(steps.weight * log_s0))
    score = np.sum(w[:, None] * x, axis=0) - np.sum(steps.weight[:, None] * mean, axis=0)
    return Evaluation(beta, risk, log_likelihood, score, hazard, mean)


def by_time(data: CoxData, values: Floats) -> Floats:
    """Add up a quantity of steps by event time."""
    return np.add.reduceat(values, data.steps.first, axis=0)


def row_hazard(data: CoxData, at: Evaluation) -> Floats:
    """Cumulative hazard each kept row was exposed to, tied events by Efron's share: A."""
    sets, tied = data.sets, data.steps.fraction
    out = at_risk.ranges(sets, by_time(data, at.hazard)[:, None])[:, 0]
    out[sets.event_rows] -= by_time(data, tied * at.hazard)[sets.last[sets.event_rows]]
    return out


def information(data: CoxData, at: Evaluation) -> tuple[Floats, Floats]:
    """Observed information at an evaluation, and the diagonal of its first, uncentred, part."""
    return information_given(data, at, row_hazard(data, at))


def information_given(data: CoxData, at: Evaluation, hazard: Floats) -> tuple[Floats, Floats]:
    """:func:`information` where the rows' cumulative hazards are at hand."""
    with np.errstate(invalid="ignore"):  # a step too far: the inverse then says so
        share = at.risk * hazard
    rows = at_risk.cross_product(data.sets, data.X, share)
    lost = np.zeros_like(rows)
    kernels.cross_product(at.mean, data.steps.weight, 0, len(at.mean), lost)
    return rows - (np.tril(lost) + np.tril(lost, -1).T), np.diag(rows).copy()


def information_weighted(data: CoxData, at: Evaluation, g: Floats) -> Floats:
    """Information with every event time's share multiplied by ``g`` (one entry a time)."""
    sets, steps = data.sets, data.steps
    exposed = at_risk.ranges(sets, (g * by_time(data, at.hazard))[:, None])[:, 0]
    tied = g * by_time(data, steps.fraction * at.hazard)
    exposed[sets.event_rows] -= tied[sets.last[sets.event_rows]]
    rows = at_risk.cross_product(sets, data.X, at.risk * exposed)
    lost = np.zeros_like(rows)
    kernels.cross_product(at.mean, steps.weight * g[steps.time], 0, len(at.mean), lost)
    return rows - (np.tril(lost) + np.tril(lost, -1).T)
