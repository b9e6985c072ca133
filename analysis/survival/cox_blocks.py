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
from analysis.survival.ranking import distinct, number_until
from analysis.survival.risk_sets import RiskSets
from analysis.survival.row_kernels import width
from analysis.survival.streaming import (
    LARGEST_TABLES,
    ahead,
    column_size,
    streamed_products,
    streamed_sums,
    table_cells,
)

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
    of a memory-mapped array or row groups of a Parquet file will do; a thread reads the next block
    while one is worked on, so no two blocks running may share memory. Memory: two blocks (a few
    copies of one where event times are many), p + 1 numbers for each event time and level.
    The fit is that of :func:`analysis.survival.cox.cox` whatever the blocks.

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
    of_events, size = np.zeros(0), np.zeros(0)
    for block in ahead(blocks):
        X, _, stop, event = _checked(block, n)
        if not n:
            of_events, size = np.zeros(X.shape[1]), np.zeros(X.shape[1])
        if X.shape[1] != len(size):
            raise ValueError(f"X has {X.shape[1]} columns at row {n}, {len(size)} before")
        n += len(stop)
        at = np.flatnonzero(event)
        here = distinct(stop[at])
        both = distinct(np.concatenate([times, here]))
        new = np.zeros(len(both))
        new[number_until(both, times) - 1] = count
        np.add.at(new, number_until(both, stop[at]) - 1, 1.0)
        times, count = both, new
        of_events = of_events + X[at].sum(axis=0)
        size = np.maximum(size, column_size(X))
    centre = of_events / max(count.sum(), 1)
    return Survey(n, times, count.astype(np.int64), centre, size)


def _checked(block: Block, before: int) -> tuple[Floats, Floats | None, Floats, Ints]:
    X, start, stop, event = block
    try:
        stop_, start_ = arguments.follow_up(stop, start)
        x = arguments.matrix("X", X, len(stop_))
        return x, start_, stop_, arguments.indicator("event", event, len(stop_))
    except ValueError as refused:
        raise ValueError(f"{refused} (in the block that begins at row {before})") from None


def _arrays(blocks: Blocks, seen: Survey) -> Iterator[tuple]:
    """``X, start, stop, event`` of each block, known to be legal."""
    n = 0
    for X, start, stop, event in ahead(blocks):
        n += len(stop)  # type: ignore[arg-type]
        yield (
            np.ascontiguousarray(X, dtype=np.float64),
            None if start is None else np.require(start, np.float64, ["C", "W"]),
            np.require(stop, np.float64, ["C", "W"]),
            np.asarray(event).astype(np.int64),
        )
    if n != seen.n:
        raise ValueError(f"blocks gave {n} rows, {seen.n} before")


def _ranked(blocks: Blocks, seen: Survey) -> Iterator[tuple[Floats, Ints, Ints]]:
    """``X``, first and last rank of each row (2 × n), and events, as the rows lie."""
    segment = np.array([0, len(seen.times)])
    for X, start, stop, event in _arrays(blocks, seen):
        stratum = np.zeros(len(stop), np.int64)
        yield X, at_risk.ranks(seen.times, segment, start, stop, stratum), event


def _kept(blocks: Blocks, seen: Survey) -> Iterator[tuple[RiskSets, Floats, Floats]]:
    """Of each block: rows in some risk set, ranked; centred and padded; offset 0 over weight 1."""
    segment = np.array([0, len(seen.times)])
    centre = np.append(seen.centre, 0.0)[None, :]
    for X, start, stop, event in _arrays(blocks, seen):
        stratum = np.zeros(len(stop), np.int64)
        sets = at_risk.ranked(seen.times, segment, start, stop, event, stratum)
        if len(sets.order):
            base = np.stack([np.zeros(len(stop)), np.ones(len(stop))])
            yield sets, *gathered(X, base, stratum, centre, sets)


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

    @property
    def few(self) -> bool:
        """Event times are so few that a table of them may be in memory for every lane."""
        return table_cells(len(self.seen.times), len(self.seen.size)) <= LARGEST_TABLES

    def evaluate(self, beta: Floats) -> Summed:
        p, n = len(beta), self.seen.n_events
        found = None
        if self.few:
            found = streamed_sums(_ranked(self.blocks, self.seen), self.seen, beta)
        total, tied, of_events = found or self._sums(beta)
        steps = Steps(n, np.ones(len(n))) if self.efron else Steps(np.ones_like(n), n.astype(float))
        sums, by_time, of_means = likelihood(total, tied, steps, p)
        value = float(of_events @ beta - sums[0])
        return Summed(beta, value, of_events - sums[1:], by_time, of_means)

    def _sums(self, beta: Floats) -> tuple[Floats, Floats, Floats]:
        total = np.zeros((len(self.seen.times), width(len(beta))))
        tied, of_events = np.zeros_like(total), np.zeros(len(beta))
        for sets, rows, base in _kept(self.blocks, self.seen):
            risk, part = risk_and_sums(sets, rows, base, beta)
            total += part
            events = rows[sets.event_rows]
            tied += event_sums(events, risk[sets.event_rows], sets.event_start)
            of_events += events[:, 1 : len(beta) + 1].sum(axis=0)
        return total, tied, of_events

    def information(self, at: Summed) -> tuple[Floats, Floats]:
        if self.few:
            total = streamed_products(_ranked(self.blocks, self.seen), self.seen, at)
        else:
            total = self._products(at)
        return total - at.of_means, np.diag(total).copy()

    def _products(self, at: Summed) -> Floats:
        total, h, tied = np.zeros_like(at.of_means), at.by_time[:, :1], at.by_time[:, 1:]
        for sets, rows, base in _kept(self.blocks, self.seen):
            risk = risk_scores(sets, rows, base, at.beta)
            hazard = range_sums(sets, h, tied)[:, 0]
            total += cross_product(sets, rows, risk, hazard, len(at.beta))
        return total

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
