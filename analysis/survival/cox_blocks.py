"""Cox's model on rows that come in blocks, from a file larger than memory.

Tables by event time add over blocks: a pass over the blocks gives the risk-set sums at β, hence
log-likelihood, score and cumulative hazard; another gives the information. Nothing is kept by row
between passes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from analysis.survival import arguments
from analysis.survival import risk_sets as at_risk
from analysis.survival.arguments import Floats, Ints
from analysis.survival.cox_likelihood import (
    Steps,
    cross_product,
    event_sums,
    gathered,
    likelihood,
    range_sums,
    risk_and_sums,
    risk_scores,
)
from analysis.survival.cox_newton import Maximum, aligned, maximise_model, moving
from analysis.survival.cox_result import CoxResult, chi2_test
from analysis.survival.risk_sets import RiskSets
from analysis.survival.row_kernels import width

Block = tuple[ArrayLike, ArrayLike | None, ArrayLike, ArrayLike]
Blocks = Callable[[], Iterable[Block]]


@dataclass(frozen=True)
class Survey:
    """What one look at all rows tells: event times, events at each, means of x and greatest |x|."""

    n: int
    times: Floats
    n_events: Ints
    centre: Floats
    size: Floats


@dataclass(frozen=True)
class Summed:
    """The likelihood at ``beta``; by event time the sums of hazards and of hazards × fraction."""

    beta: Floats
    log_likelihood: float
    score: Floats
    by_time: Floats
    of_means: Floats


def cox_from_blocks(blocks: Blocks, *, ties: str = "efron") -> CoxResult:
    """Fit ``λ(t | x) = λ(t) exp(xᵀβ)``, reading the rows again for every step of Newton's method.

    ``blocks()`` starts over: it yields ``(X, start, stop, event)``, the same rows in the same
    order each time: X is rows × p (any number of rows a block), ``start`` may be ``None``. Slices
    of a memory-mapped array or row groups of a Parquet file will do. Memory: a few copies of one
    block and tables of p + 1 numbers for each distinct event time. The fit is that of
    :func:`analysis.survival.cox.cox` whatever the blocks.

    There are no strata, weights, ids, clusters or offsets here, and ``fitted`` is ``None``: what
    is computed from rows (residuals, robust variance) needs the rows.

    Raises ``ValueError`` naming argument and first offending row, counted over all blocks.
    Source: Cox 1972; Efron 1977.
    """
    if ties not in ("efron", "breslow"):
        raise ValueError("ties must be one of efron, breslow")
    seen = _survey(blocks)
    about: dict[str, Any] = {
        "n": seen.n,
        "n_events": int(seen.n_events.sum()),
        "n_clusters": None,
        "ties": ties,
        "penalty": None,
    }
    if not len(seen.times):
        return CoxResult("not_estimable", "no events", (), iterations=0, **about)
    return _result(maximise_model(Streamed(blocks, seen, ties == "efron")), about)


def _survey(blocks: Blocks) -> Survey:
    n, times, count = 0, np.zeros(0), np.zeros(0)
    of_events, rows = np.zeros(0), np.zeros(0)
    for block in blocks():
        X, _, stop, event = _checked(block, n)
        if not n:
            of_events, rows = np.zeros(X.shape[1]), np.zeros(X.shape[1])
        if X.shape[1] != len(rows):
            raise ValueError(f"X has {X.shape[1]} columns at row {n}, {len(rows)} before")
        n += len(stop)
        at = np.flatnonzero(event)
        both = np.concatenate([times, stop[at]])
        times, which = np.unique(both, return_inverse=True)
        count = np.bincount(which, np.concatenate([count, np.ones(len(at))])).astype(np.float64)
        of_events = of_events + X[at].sum(axis=0)
        rows = np.maximum(rows, np.abs(X).max(axis=0, initial=0))
    centre = of_events / max(count.sum(), 1)
    return Survey(n, times, count.astype(np.int64), centre, rows)


def _checked(block: Block, before: int) -> tuple[Floats, Floats | None, Floats, Ints]:
    X, start, stop, event = block
    try:
        stop_, start_ = arguments.follow_up(stop, start)
        x = arguments.matrix("X", X, len(stop_))
        return x, start_, stop_, arguments.indicator("event", event, len(stop_))
    except ValueError as refused:
        raise ValueError(f"{refused} (in the block that begins at row {before})") from None


def _kept(blocks: Blocks, seen: Survey) -> Iterator[tuple[RiskSets, Floats, Floats]]:
    """Of each block: rows in some risk set, ranked; centred and padded; offset 0 over weight 1."""
    segment, n = np.array([0, len(seen.times)]), 0
    centre = np.append(seen.centre, 0.0)[None, :]
    for X, start, stop, event in blocks():
        stop_ = np.ascontiguousarray(stop, dtype=np.float64)
        start_ = None if start is None else np.ascontiguousarray(start, dtype=np.float64)
        event_ = np.asarray(event).astype(np.int64)
        n += len(stop_)
        stratum = np.zeros(len(stop_), np.int64)
        sets = at_risk.ranked(seen.times, segment, start_, stop_, event_, stratum)
        if len(sets.order):
            base = np.stack([np.zeros(len(stop_)), np.ones(len(stop_))])
            x = np.ascontiguousarray(X, dtype=np.float64)
            yield sets, *gathered(x, base, stratum, centre, sets)
    if n != seen.n:
        raise ValueError(f"blocks gave {n} rows, {seen.n} before")


@dataclass(frozen=True)
class Streamed:
    """The model of :func:`analysis.survival.cox_newton.maximise_model`, a pass for each answer."""

    blocks: Blocks
    seen: Survey
    efron: bool

    @property
    def centre(self) -> Floats:
        return self.seen.centre[None, :]

    @property
    def weight(self) -> float:
        return float(self.seen.n_events.sum())

    def evaluate(self, beta: Floats) -> Summed:
        p, n = len(beta), self.seen.n_events
        total = np.zeros((len(n), width(p)))
        tied, of_events = np.zeros_like(total), np.zeros(p)
        for sets, rows, base in _kept(self.blocks, self.seen):
            risk, part = risk_and_sums(sets, rows, base, beta)
            total += part
            events = rows[sets.event_rows]
            tied += event_sums(events, risk[sets.event_rows], sets.event_start)
            of_events += events[:, 1 : p + 1].sum(axis=0)
        steps = Steps(n, np.ones(len(n))) if self.efron else Steps(np.ones_like(n), n.astype(float))
        sums, by_time, of_means = likelihood(total, tied, steps, p)
        value = float(of_events @ beta - sums[0])
        return Summed(beta, value, of_events - sums[1:], by_time, of_means)

    def information(self, at: Summed) -> tuple[Floats, Floats]:
        total = np.zeros_like(at.of_means)
        h, tied = at.by_time[:, :1], at.by_time[:, 1:]
        for sets, rows, base in _kept(self.blocks, self.seen):
            risk = risk_scores(sets, rows, base, at.beta)
            hazard = range_sums(sets, h, tied)[:, 0]
            total += cross_product(sets, rows, risk, hazard, len(at.beta))
        return total - at.of_means, np.diag(total).copy()

    def separated(self, direction: Floats) -> tuple[int, ...]:
        columns = moving(direction, self.seen.size)
        if not columns.any():
            return ()
        top = np.full(len(self.seen.times), -np.inf)
        bottom, least = top.copy(), -top
        for sets, rows, _ in _kept(self.blocks, self.seen):
            u = rows[:, 1 : len(direction) + 1] @ np.where(columns, direction, 0.0)
            top = np.maximum(top, at_risk.greatest(sets, u))
            bottom = np.maximum(bottom, at_risk.greatest(sets, -u))
            np.minimum.at(least, sets.last[sets.event_rows], u[sets.event_rows])
        return aligned(columns, float(np.max(top - least)), float(np.max(top + bottom)))


def _result(best: Maximum, about: dict[str, Any]) -> CoxResult:
    about["iterations"] = best.iterations
    if best.at is None or best.covariance is None:
        return CoxResult(best.status, best.reason, best.columns, **about)
    slope, curvature = best.null_score, best.null_information
    assert slope is not None and curvature is not None
    beta = best.at.beta
    null_value, value = best.log_likelihood
    return CoxResult(
        status=best.status,
        reason=best.reason,
        columns=best.columns,
        coefficients=beta,
        covariance=best.covariance,
        log_likelihood=best.log_likelihood,
        score_test=chi2_test(slope @ np.linalg.solve(curvature, slope), len(beta)),
        wald_test=chi2_test(beta @ np.linalg.solve(best.covariance, beta), len(beta)),
        likelihood_ratio_test=chi2_test(2 * (value - null_value), len(beta)),
        **about,
    )
