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

from analysis.survival import cox_kernels
from analysis.survival import risk_set_kernels as kernels
from analysis.survival import risk_sets as at_risk
from analysis.survival import running_sum_kernels as running
from analysis.survival.arguments import Floats, Ints
from analysis.survival.risk_sets import RiskSets


@dataclass(frozen=True)
class CoxData:
    """Kept rows less the centre of their stratum (the likelihood is the same, the digits are kept).

    The centre is the mean over the stratum's events. ``event_x`` are the events' rows in order of
    time, ``event_total`` Σ w x over them, ``event_offset`` Σ w offset.
    """

    sets: RiskSets
    X: Floats
    offset: Floats
    weight: Floats
    base: Floats
    event_x: Floats
    event_total: Floats
    event_offset: float
    centre: Floats
    offset_centre: Floats
    steps: Steps


@dataclass(frozen=True)
class Steps:
    """One entry a likelihood step, grouped by event time.

    ``starts`` is where the events (row 0) and the steps (row 1) of each time begin; ``of_time`` is
    the weight of each time's steps.
    """

    time: Ints
    fraction: Floats
    weight: Floats
    of_time: Floats
    starts: Ints


@dataclass(frozen=True)
class Evaluation:
    """The likelihood at ``beta``; ``hazard`` and ``mean`` are by step, ``risk`` by kept row.

    ``by_time`` is, for each event time, the sum of hazards and of hazards times Efron's fraction.
    """

    beta: Floats
    risk: Floats
    log_likelihood: float
    score: Floats
    hazard: Floats
    mean: Floats
    by_time: Floats


def cox_data(
    X: Floats, offset: Floats, weight: Floats, stratum: Ints, sets: RiskSets, efron: bool
) -> CoxData:
    """Centre the kept rows of ``X`` and ``offset`` (given in the caller's order)."""
    n, p = len(sets.order), X.shape[1]
    centre, offset_centre = _centres(X, offset, stratum, sets)
    kept_x, base = np.empty((n, p)), np.empty((2, n))
    edges = at_risk.row_lanes(sets)

    def lane(which: int) -> None:
        part = slice(edges[which], edges[which + 1])
        rows = sets.order[part]
        kernels.gather_centred(
            X, offset, rows, stratum, centre, offset_centre, kept_x[part], base[0, part]
        )
        base[1, part] = weight[rows]

    at_risk.in_lanes(len(edges) - 1, lane)
    event_x, w = kept_x[sets.event_rows], base[1, sets.event_rows]
    return CoxData(
        sets=sets,
        X=kept_x,
        offset=base[0],
        weight=base[1],
        base=base,
        event_x=event_x,
        event_total=np.sum(w[:, None] * event_x, axis=0),
        event_offset=float(np.sum(w * base[0, sets.event_rows])),
        centre=centre,
        offset_centre=offset_centre,
        steps=_steps(sets, base[1], efron),
    )


def _centres(X: Floats, offset: Floats, stratum: Ints, sets: RiskSets) -> tuple[Floats, Floats]:
    n_strata = len(sets.segment) - 1
    centre, offset_centre = np.zeros((n_strata, X.shape[1])), np.zeros(n_strata)
    n = np.zeros(n_strata, np.int64)
    events = sets.order[sets.event_rows]
    kernels.stratum_totals(X, offset, events, stratum, centre, offset_centre, n)
    n = np.maximum(n, 1)
    return centre / n[:, None], offset_centre / n


def _steps(sets: RiskSets, weight: Floats, efron: bool) -> Steps:
    total = np.add.reduceat(weight[sets.event_rows], sets.event_start[:-1])
    n = sets.n_events if efron else np.ones(len(sets.times), np.int64)
    first = np.concatenate([[0], np.cumsum(n)])
    time = np.repeat(np.arange(len(n)), n)
    fraction = (np.arange(len(time)) - first[time]) / n[time]
    starts = np.stack([sets.event_start, first])
    return Steps(time, fraction, (total / n)[time], total / n, starts)


def evaluate(data: CoxData, beta: Floats) -> Evaluation:
    """Log-likelihood and score at ``beta``: one pass over the rows."""
    sets, steps = data.sets, data.steps
    risk, total = risk_and_sums(sets, data.X, data.base, beta)
    shape = total.shape
    hazard, mean = np.empty(len(steps.time)), np.empty((len(steps.time), len(beta)))
    by_time, sums = np.zeros((shape[0], 2)), np.zeros(shape[1])
    cox_kernels.likelihood_steps(
        total,
        data.event_x,
        risk[sets.event_rows],
        steps.starts,
        steps.of_time,
        hazard,
        mean,
        by_time,
        sums,
    )
    log_likelihood = float(data.event_total @ beta + data.event_offset - sums[0])
    return Evaluation(
        beta, risk, log_likelihood, data.event_total - sums[1:], hazard, mean, by_time
    )


def risk_and_sums(sets: RiskSets, X: Floats, base: Floats, beta: Floats) -> tuple[Floats, Floats]:
    """Risk score of each kept row, and the risk-set sums of scores and of scores times x.

    ``base`` is offset over weight.
    """
    risk = np.empty(len(X))
    if sets.running:
        return risk, _by_running_total(sets, X, base, beta, risk)
    shape = (len(sets.times), len(beta) + 1)

    def lane(which: int) -> Floats:
        out, work = np.zeros(shape), np.empty(shape)
        cox_kernels.score_and_sum(
            X, base, beta, sets.ends, sets.spans[which], sets.segment, work, risk, out
        )
        return out

    return risk, at_risk.folded(at_risk.in_lanes(sets.n_lanes, lane))


def _by_running_total(
    sets: RiskSets, X: Floats, base: Floats, beta: Floats, risk: Floats
) -> Floats:
    edges = at_risk.row_lanes(sets)

    def lane(which: int) -> None:
        running.risk_scores(X, base, beta, edges[which], edges[which + 1], risk)

    at_risk.in_lanes(len(edges) - 1, lane)
    total = at_risk.running_sums(sets, X, risk)
    return at_risk.level_sums(sets, X, risk) if total is None else total


def by_time(data: CoxData, values: Floats) -> Floats:
    """Add up a quantity of steps by event time."""
    return np.add.reduceat(values, data.steps.starts[1, :-1], axis=0)


def exposed(data: CoxData, h: Floats, tied: Floats) -> Floats:
    """Sum of ``h`` (times × columns) over each kept row's risk sets, an event's own less tied."""
    return range_sums(data.sets, h, tied)


def range_sums(sets: RiskSets, h: Floats, tied: Floats) -> Floats:
    """:func:`exposed` where there are only risk sets."""
    tied, out = np.ascontiguousarray(tied), np.empty((len(sets.order), h.shape[1]))
    if sets.running:
        cells, edges = at_risk.range_cells(sets, h), at_risk.row_lanes(sets)

        def rows(which: int) -> None:
            begin, end = edges[which], edges[which + 1]
            running.exposures(cells, tied, sets.ends, sets.event, begin, end, out)

        at_risk.in_lanes(len(edges) - 1, rows)
        return out
    tables = at_risk.range_tables(sets, h)

    def lane(which: int) -> None:
        cox_kernels.exposures(tables, tied, sets.ends, sets.event, sets.spans[which], out)

    at_risk.in_lanes(sets.n_lanes, lane)
    return out


def row_hazard(data: CoxData, at: Evaluation) -> Floats:
    """Cumulative hazard each kept row was exposed to, tied events by Efron's share: A."""
    return exposed(data, at.by_time[:, :1], at.by_time[:, 1:])[:, 0]


def information(data: CoxData, at: Evaluation) -> tuple[Floats, Floats]:
    """Observed information at an evaluation, and the diagonal of its first, uncentred, part."""
    return information_given(data, at, row_hazard(data, at))


def information_given(data: CoxData, at: Evaluation, hazard: Floats) -> tuple[Floats, Floats]:
    """:func:`information` where the rows' cumulative hazards are at hand."""
    with np.errstate(invalid="ignore"):  # a step too far: the inverse then says so
        share = at.risk * hazard
    rows = at_risk.cross_product(data.sets, data.X, share)
    return rows - _of_means(at.mean, data.steps.weight), np.diag(rows).copy()


def information_weighted(data: CoxData, at: Evaluation, g: Floats) -> Floats:
    """Information with every event time's share multiplied by ``g`` (one entry a time)."""
    weighted = g[:, None] * at.by_time
    hazard = exposed(data, weighted[:, :1], weighted[:, 1:])[:, 0]
    rows = at_risk.cross_product(data.sets, data.X, at.risk * hazard)
    return rows - _of_means(at.mean, data.steps.weight * g[data.steps.time])


def _of_means(mean: Floats, weight: Floats) -> Floats:
    out = np.zeros((mean.shape[1], mean.shape[1]))
    kernels.cross_product(mean, weight, 0, len(mean), out)
    return at_risk.symmetric(out)
