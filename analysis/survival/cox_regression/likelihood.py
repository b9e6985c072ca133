"""The log partial likelihood of a Cox model, its score and its information.

At event time k with d events of mean weight w̄, the Breslow form takes one step of weight d w̄;
Efron's takes d steps j = 0..d-1 of weight w̄ in which the events count 1 - j/d (Efron 1977;
weights as Therneau & Grambsch 2000, 3.3). With S0, S1 the sums of r = w exp(η) and r x over the
risk set so corrected and m = S1/S0:

    ℓ = Σ_events w η - Σ_steps w̄ log S0,   U = Σ_events w x - Σ_steps w̄ m,
    I = Σ_rows r A x xᵀ - Σ_steps w̄ m mᵀ,  A = Σ w̄/S0 over the steps a row is at risk in.
"""

from __future__ import annotations

import numpy as np

from ..arguments import Floats, Ints
from ..numerics.chunks import LANES, even, folded, in_lanes
from ..risk_set_sums import product_kernels, row_kernels
from ..risk_set_sums import risk_set_kernels as kernels
from ..risk_set_sums import risk_sets as at_risk
from ..risk_set_sums.risk_sets import RiskSets
from . import likelihood_kernels as cox_kernels
from .data import CoxData, Evaluation, RiskSums, Steps

TIMES_WORTH_A_LANE = 256
SMALLEST, LARGEST = 1e-140, 1e140  # risk-set sums whose squares are still numbers


def cox_data(
    X: Floats, offset: Floats, weight: Floats, stratum: Ints, sets: RiskSets, efron: bool
) -> CoxData:
    """Centre the kept rows of ``X`` and ``offset`` (given in the caller's order)."""
    base = np.stack([offset, weight])
    centre = _centres(X, offset, stratum, sets)
    rows, kept_base = gathered(X, base, stratum, centre, sets)
    p, w = X.shape[1], kept_base[1, sets.event_rows]
    events = rows[sets.event_rows]
    n = sets.n_events if efron else np.ones(len(sets.times), np.int64)
    total = np.add.reduceat(w, sets.event_start[:-1])
    return CoxData(
        sets=sets,
        rows=rows,
        n_columns=p,
        base=kept_base,
        event_rows=events,
        event_total=np.einsum("i,ij->j", w, events[:, 1 : p + 1]),
        event_offset=float(np.sum(w * kept_base[0, sets.event_rows])),
        centre=centre[:, :p],
        offset_centre=centre[:, p],
        steps=Steps(n, total / n),
    )


def gathered(
    X: Floats, base: Floats, stratum: Ints, centre: Floats, sets: RiskSets
) -> tuple[Floats, Floats]:
    """Padded rows in the order of the risk sets, centred, and their offset over weight."""
    n, edges = len(sets.order), even(len(sets.order))
    rows, kept_base = np.empty((n, row_kernels.width(X.shape[1]))), np.empty((2, n))

    def lane(which: int) -> None:
        part = edges[which], edges[which + 1]
        row_kernels.gather(X, base, sets.order, stratum, centre, *part, rows, kept_base)

    in_lanes(len(edges) - 1, lane)
    return rows, kept_base


def _centres(X: Floats, offset: Floats, stratum: Ints, sets: RiskSets) -> Floats:
    """Means over the events of each stratum, of the columns and then of the offset."""
    n_strata = len(sets.segment) - 1
    centre, offset_centre = np.zeros((n_strata, X.shape[1])), np.zeros(n_strata)
    n = np.zeros(n_strata, np.int64)
    events = sets.order[sets.event_rows]
    kernels.stratum_totals(X, offset, events, stratum, centre, offset_centre, n)
    return np.column_stack([centre, offset_centre]) / np.maximum(n, 1)[:, None]


def evaluate(data: CoxData, beta: Floats) -> Evaluation:
    """Log-likelihood and score at ``beta``: one pass over the rows."""
    sets, steps = data.sets, data.steps
    risk, total = risk_and_sums(sets, data.rows, data.base, beta)
    if steps.tied:
        tied = event_sums(data.event_rows, risk[sets.event_rows], sets.event_start)
    else:
        tied = np.zeros_like(total)
    sums = RiskSums(total, tied, data.event_total, data.event_offset)
    return evaluation(beta, sums, steps, risk)


def evaluation(beta: Floats, sums: RiskSums, steps: Steps, risk: Floats) -> Evaluation:
    """Log-likelihood and score from sums over risk sets and events, wherever the rows are.

    The log-likelihood is NaN where a risk-set sum is too small or too large to go on with.
    """
    logs, by_time, of_means = step_sums(sums.total, sums.tied, steps, len(beta))
    s0 = sums.total[:, 0]
    if not (s0.min() > SMALLEST and s0.max() < LARGEST):
        logs[0] = np.nan
    return Evaluation(
        beta=beta,
        risk=risk,
        log_likelihood=float(sums.of_events @ beta + sums.of_offsets - logs[0]),
        score=sums.of_events - logs[1:],
        by_time=by_time,
        of_means=of_means,
        total=sums.total,
        tied=sums.tied,
        steps=steps,
    )


def event_sums(rows: Floats, risk: Floats, starts: Ints) -> Floats:
    """Sums over the events at each time of ``risk`` times the padded rows."""
    out = np.zeros((len(starts) - 1, rows.shape[1]))
    edges = time_lanes(len(out))

    def lane(which: int) -> None:
        cox_kernels.event_sums(rows, risk, starts, edges[which], edges[which + 1], out)

    in_lanes(len(edges) - 1, lane)
    return out


def step_sums(total: Floats, tied: Floats, steps: Steps, p: int) -> tuple[Floats, Floats, Floats]:
    """``Σ w̄ log S0`` before ``Σ w̄ m``; hazards by time; ``Σ w̄ m mᵀ`` (p × p)."""
    by_time, edges, width = np.empty((len(total), 2)), time_lanes(len(total)), total.shape[1]

    def lane(which: int) -> Floats:
        out = np.zeros((width + 1, width))
        part = edges[which], edges[which + 1]
        cox_kernels.likelihood(
            total, tied, steps.n, steps.of_time, *part, by_time, out[width], out[:width]
        )
        return out

    out = folded(in_lanes(len(edges) - 1, lane))
    return out[width, : p + 1], by_time, square(out[:width], p)


def square(lower: Floats, p: int) -> Floats:
    """Symmetric p × p part of a cross product of padded rows."""
    return at_risk.symmetric(np.tril(lower[1 : p + 1, 1 : p + 1]))


def time_lanes(n_times: int) -> Ints:
    """Edges between the event times of each lane."""
    lanes = min(max(n_times // TIMES_WORTH_A_LANE, 1), LANES)
    return np.arange(lanes + 1) * n_times // lanes


def risk_and_sums(
    sets: RiskSets, rows: Floats, base: Floats, beta: Floats
) -> tuple[Floats, Floats]:
    """Risk score of each kept row, and the sums of scores times padded rows over the risk sets.

    ``base`` is offset over weight.
    """
    risk, b = np.empty(len(rows)), padded_row(beta)

    def lane(runs: Ints, origin: int, work: Floats, out: Floats) -> None:
        row_kernels.sums_by_level(rows, base, b, sets.ends, runs, origin, work, risk, out)

    return risk, at_risk.by_stratum_and_level(sets, rows.shape[1], lane)


def risk_scores(sets: RiskSets, rows: Floats, base: Floats, beta: Floats) -> Floats:
    """``w exp(xᵀβ + offset)`` of each kept row."""
    risk, b, edges = np.empty(len(rows)), padded_row(beta), even(len(sets.order))

    def lane(which: int) -> None:
        row_kernels.risk_scores(rows, base, b, edges[which], edges[which + 1], risk)

    in_lanes(len(edges) - 1, lane)
    return risk


def padded_row(beta: Floats) -> Floats:
    """Coefficients as the kernels take them: nothing for the one, zeros at the end."""
    out = np.zeros(row_kernels.width(len(beta)))
    out[1 : len(beta) + 1] = beta
    return out


def by_time(data: CoxData, values: Floats) -> Floats:
    """Add up a quantity of steps by event time."""
    return np.add.reduceat(values, data.steps.first[:-1], axis=0)


def exposed(data: CoxData, h: Floats, tied: Floats) -> Floats:
    """Sum of ``h`` (times × columns) over each kept row's risk sets, an event's own less tied."""
    return range_sums(data.sets, h, tied)


def range_sums(sets: RiskSets, h: Floats, tied: Floats) -> Floats:
    """:func:`exposed` where there are only risk sets."""
    h, tied = np.ascontiguousarray(h), np.ascontiguousarray(tied)
    out, longest = np.empty((len(sets.order), h.shape[1])), int(np.diff(sets.segment).max())

    def lane(which: int) -> None:
        work = np.empty((longest, h.shape[1]))
        cox_kernels.exposures(h, tied, sets.ends, sets.event, sets.runs[which], work, out)

    in_lanes(sets.n_lanes, lane)
    return out


def row_hazard(data: CoxData, at: Evaluation) -> Floats:
    """Cumulative hazard each kept row was exposed to, tied events by Efron's share: A."""
    return exposed(data, at.by_time[:, :1], at.by_time[:, 1:])[:, 0]


def information(data: CoxData, at: Evaluation) -> tuple[Floats, Floats]:
    """Observed information at an evaluation, and the diagonal of its first, uncentred, part."""
    hazard = row_hazard(data, at)
    rows = cross_product(data.sets, data.rows, at.risk, hazard, len(at.beta))
    return rows - at.of_means, np.diag(rows).copy()


def cross_product(sets: RiskSets, rows: Floats, risk: Floats, hazard: Floats, p: int) -> Floats:
    """``Σ risk hazard x xᵀ`` over padded rows: p × p."""
    width, edges = rows.shape[1], even(len(sets.order))

    def lane(which: int) -> Floats:
        out = np.zeros((width, width))
        product_kernels.cross_product(rows, risk, hazard, edges[which], edges[which + 1], out)
        return out

    return square(folded(in_lanes(len(edges) - 1, lane)), p)


def information_weighted(data: CoxData, at: Evaluation, g: Floats) -> Floats:
    """Information with every event time's share multiplied by ``g`` (one entry a time)."""
    weighted, p = g[:, None] * at.by_time, len(at.beta)
    hazard = exposed(data, weighted[:, :1], weighted[:, 1:])[:, 0]
    of_means, weight = np.zeros((p, p)), data.steps.weight * g[data.steps.time]
    kernels.cross_product(at.mean, weight, 0, len(weight), of_means)
    rows = cross_product(data.sets, data.rows, at.risk, hazard, p)
    return rows - at_risk.symmetric(of_means)
