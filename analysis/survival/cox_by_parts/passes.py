"""What a Cox model asks of its rows, as functions of some of them: results of other rows add.

A pass takes blocks ``(X, start, stop, event)``, X rows × p, and gives a value; those of two sets of
rows are added with ``+`` into that of both, wherever the rows lie. A survey comes first; with it,
risk-set sums at β, the information's first part there, and what tells separation. Passes can be
pickled; their results take a few numbers for each event time, or none, whatever the rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from .. import arguments
from ..arguments import Floats, Ints
from ..cox_regression.data import RiskSums
from ..cox_regression.likelihood import (
    cross_product,
    event_sums,
    gathered,
    range_sums,
    risk_and_sums,
    risk_scores,
)
from ..numerics.ranking import distinct, number_until
from ..risk_set_sums import risk_sets as at_risk
from ..risk_set_sums.risk_sets import RiskSets
from ..risk_set_sums.row_kernels import width

Block = tuple[ArrayLike, ArrayLike | None, ArrayLike, ArrayLike]


@dataclass(frozen=True)
class Survey:
    """One pass over all rows: their number, event times and events at each (K), Σ x over events."""

    n: int
    times: Floats
    n_events: Ints
    of_events: Floats

    @property
    def centre(self) -> Floats:
        """Means of x over the events."""
        return self.of_events / max(int(self.n_events.sum()), 1)

    def __add__(self, more: Survey) -> Survey:
        p, before = len(more.of_events), len(self.of_events)
        if p != before:
            raise ValueError(f"X has {p} columns at row {self.n}, {before} before")
        times = distinct(np.concatenate([self.times, more.times]))
        count = np.zeros(len(times), np.int64)
        for one in (self, more):
            count[number_until(times, one.times) - 1] += one.n_events
        return Survey(self.n + more.n, times, count, self.of_events + more.of_events)


def survey(blocks: Iterable[Block]) -> Survey:
    """The first pass: every row is checked.

    Raises ``ValueError`` naming argument and first offending row, counted over these blocks.
    """
    found = None
    for block in blocks:
        X, _, stop, event = _checked(block, found.n if found else 0)
        at = np.flatnonzero(event)
        times = distinct(stop[at])
        count = np.bincount(number_until(times, stop[at]) - 1, minlength=len(times))
        here = Survey(len(stop), times, count.astype(np.int64), X[at].sum(axis=0))
        found = here if found is None else found + here
    return found or Survey(0, np.zeros(0), np.zeros(0, np.int64), np.zeros(0))


def _checked(block: Block, before: int) -> tuple[Floats, Floats | None, Floats, Ints]:
    X, start, stop, event = block
    try:
        stop_, start_ = arguments.follow_up(stop, start)
        x = arguments.matrix("X", X, len(stop_))
        return x, start_, stop_, arguments.indicator("event", event, len(stop_))
    except ValueError as refused:
        raise ValueError(f"{refused} (in the block that begins at row {before})") from None


@dataclass(frozen=True)
class SumsAt:
    """The :class:`RiskSums` at ``beta`` by event time, and the number of rows read."""

    seen: Survey
    beta: Floats

    def __call__(self, blocks: Iterable[Block]) -> Sums:
        p = len(self.beta)
        total = np.zeros((len(self.seen.times), width(p)))
        found, n = RiskSums(total, np.zeros_like(total), np.zeros(p)), 0
        for sets, rows, base in _kept(blocks, self.seen):
            risk, part = risk_and_sums(sets, rows, base, self.beta)
            events = rows[sets.event_rows]
            tied = event_sums(events, risk[sets.event_rows], sets.event_start)
            found += RiskSums(part, tied, events[:, 1 : p + 1].sum(axis=0))
            n += sets.n_rows
        return Sums(n, found)


@dataclass(frozen=True)
class Sums:
    """Sums of ``n`` rows."""

    n: int
    of_rows: RiskSums

    def __add__(self, more: Sums) -> Sums:
        return Sums(self.n + more.n, self.of_rows + more.of_rows)


@dataclass(frozen=True)
class Products:
    """``Σ r A x xᵀ`` at ``beta`` (p × p), A the hazard of ``by_time`` that a row is exposed to.

    ``by_time`` is, for each event time, the sum of hazards and of hazards × Efron's fraction.
    """

    seen: Survey
    beta: Floats
    by_time: Floats

    def __call__(self, blocks: Iterable[Block]) -> Floats:
        p, h, tied = len(self.beta), self.by_time[:, :1], self.by_time[:, 1:]
        total = np.zeros((p, p))
        for sets, rows, base in _kept(blocks, self.seen):
            risk = risk_scores(sets, rows, base, self.beta)
            hazard = range_sums(sets, h, tied)[:, 0]
            total += cross_product(sets, rows, risk, hazard, p)
        return total


@dataclass(frozen=True)
class Squares:
    """The number of rows in some risk set, then ``Σ x²`` of their centred columns: 1 + p."""

    seen: Survey

    def __call__(self, blocks: Iterable[Block]) -> Floats:
        total = np.zeros(1 + len(self.seen.of_events))
        for _, rows, _ in _kept(blocks, self.seen):
            total += np.einsum("ij,ij->j", rows, rows)[: len(total)]
        return total


@dataclass(frozen=True)
class Range:
    """By event time the greatest ``u = xᵀb`` and ``-u`` of the risk set, the events' least u."""

    top: Floats
    bottom: Floats
    least: Floats

    def __add__(self, more: Range) -> Range:
        return Range(
            np.maximum(self.top, more.top),
            np.maximum(self.bottom, more.bottom),
            np.minimum(self.least, more.least),
        )


@dataclass(frozen=True)
class Extremes:
    """The :class:`Range` along ``direction`` (p), which may have zeros."""

    seen: Survey
    direction: Floats

    def __call__(self, blocks: Iterable[Block]) -> Range:
        low = np.full(len(self.seen.times), -np.inf)
        found = Range(low, low, -low)
        for sets, rows, _ in _kept(blocks, self.seen):
            u = rows[:, 1 : len(self.direction) + 1] @ self.direction
            least = -low
            np.minimum.at(least, sets.last[sets.event_rows], u[sets.event_rows])
            found += Range(at_risk.greatest(sets, u), at_risk.greatest(sets, -u), least)
        return found


def _kept(blocks: Iterable[Block], seen: Survey) -> Iterator[tuple[RiskSets, Floats, Floats]]:
    """Of each block: rows in some risk set, ranked; centred and padded; offset 0 over weight 1."""
    segment = np.array([0, len(seen.times)])
    centre = np.append(seen.centre, 0.0)[None, :]
    for X, start, stop, event in _arrays(blocks):
        stratum = np.zeros(len(stop), np.int64)
        sets = at_risk.ranked(seen.times, segment, start, stop, event, stratum)
        base = np.stack([np.zeros(len(stop)), np.ones(len(stop))])
        yield sets, *gathered(X, base, stratum, centre, sets)


def _arrays(blocks: Iterable[Block]) -> Iterator[tuple[Floats, Floats | None, Floats, Ints]]:
    """``X, start, stop, event`` of each block, known to be legal."""
    for X, start, stop, event in blocks:
        yield (
            np.ascontiguousarray(X, dtype=np.float64),
            None if start is None else np.require(start, np.float64, ["C", "W"]),
            np.require(stop, np.float64, ["C", "W"]),
            np.asarray(event).astype(np.int64),
        )
