"""Rows ranked against the event times of their stratum, ready for risk-set sums.

A row at risk on ``(start, stop]`` is in the risk sets ``first..last``. Rows in no risk set carry
nothing and are left out. Rows are grouped by level (see :mod:`risk_set_kernels`) and divided into
a number of lanes that depends on the data only, so a result does not depend on the threads.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from analysis.survival import risk_set_kernels as kernels
from analysis.survival import row_kernels, running_sum_kernels
from analysis.survival.arguments import Floats, Ints
from analysis.survival.lanes import LANES, ROWS_WORTH_A_LANE, even, folded, in_lanes
from analysis.survival.risk_set_ranks import event_times, ranks

ROWS_WORTH_A_CELL = 0.2  # more cells than this over all levels: one running total is cheaper
SMALLEST = 2.0**-40  # of the greatest risk-set sum: down to there a running total keeps its digits


@dataclass(frozen=True)
class Levels:
    """Rows grouped by level: their ends (2 × n), and lane × level × (begin, end)."""

    ends: Ints
    spans: Ints


@dataclass(frozen=True)
class RiskSets:
    """Rows in some risk set (n, in order of level), and the event times (m) of all strata.

    ``order`` maps each kept row to its place among the ``n_rows`` given; ``spans`` is lane ×
    level × (begin, end). ``event_rows[event_start[k]:event_start[k + 1]]`` are the events at k.
    ``times[segment[s]:segment[s + 1]]`` are the event times of stratum s. ``running`` says that
    event times are so many that one running total is cheaper than a table a level: rows are then
    in order of their last rank, ``strata_lanes`` (2 × lanes + 1) divides rows and ranks between
    strata, and ``spans`` are those of :attr:`by_level`. ``room`` is memory to work in, whose
    contents mean nothing.
    """

    n_rows: int
    order: Ints
    ends: Ints
    event: Ints
    times: Floats
    segment: Ints
    event_rows: Ints
    event_start: Ints
    strata_lanes: Ints | None
    spans: Ints
    room: dict[tuple[int, ...], Floats] = field(default_factory=dict, repr=False, compare=False)

    @property
    def running(self) -> bool:
        return self.strata_lanes is not None

    @property
    def first(self) -> Ints:
        """Rank of the first risk set of each row."""
        return self.ends[0]

    @property
    def last(self) -> Ints:
        """Rank of the last risk set of each row; for an event, of its own time."""
        return self.ends[1]

    @property
    def n_lanes(self) -> int:
        return len(self.spans)

    @property
    def n_events(self) -> Ints:
        """Events at each time."""
        return np.diff(self.event_start)

    @cached_property
    def by_level(self) -> tuple[Ints | slice, Levels]:
        """Rows in order of level (all of them as they are unless ``running``)."""
        if not self.running:
            return slice(None), Levels(self.ends, self.spans)
        stratum = np.searchsorted(self.segment, self.last, side="right") - 1
        level, n = _levels(self.ends, stratum, self.segment, self.spans.shape[1])
        order, ends, _ = _placed(self.ends, self.event, level, n)
        return order, Levels(ends, self.spans)


def risk_sets(start: Floats | None, stop: Floats, event: Ints, stratum: Ints) -> RiskSets:
    """Rank rows against event times; ``stratum`` are codes 0, 1, ...; at least one event."""
    return ranked(*event_times(stop, event, stratum), start, stop, event, stratum)


def ranked(
    times: Floats, segment: Ints, start: Floats | None, stop: Floats, event: Ints, stratum: Ints
) -> RiskSets:
    """:func:`risk_sets` against event times that are known; each event's is one of them."""
    ends = ranks(times, segment, start, stop, stratum)
    n_levels = int(np.diff(segment).max() - 1).bit_length() + 1
    level, n = _levels(ends, stratum, segment, n_levels)
    sweep = _sweep(n_levels, segment)
    running = bool(sweep > ROWS_WORTH_A_CELL * n.sum())
    if running:  # neighbours then write to neighbouring cells
        order = np.flatnonzero(level >= 0)
        order = order[_sorted(ends[1, order], len(times))]
        kept, kept_event = np.ascontiguousarray(ends[:, order]), event[order]
    else:
        order, kept, kept_event = _placed(ends, event, level, n)
    events = np.flatnonzero(kept_event)
    rank = kept[1, events]
    return RiskSets(
        n_rows=len(stop),
        order=order,
        ends=kept,
        event=kept_event,
        times=times,
        segment=segment,
        event_rows=events if running else events[_sorted(rank, len(times))],
        event_start=np.append(0, np.cumsum(np.bincount(rank, minlength=len(times)))),
        strata_lanes=_strata_lanes(kept[1], segment) if running else None,
        spans=_spans(n.sum(axis=0), sweep),
    )


def _sorted(rank: Ints, n_ranks: int) -> Ints:
    out = np.empty(len(rank), np.int64)
    kernels.sorted_rows(rank, n_ranks, out)
    return out


def _levels(ends: Ints, stratum: Ints, segment: Ints, n_levels: int) -> tuple[Ints, Ints]:
    """Level of each row, -1 where it is in no risk set; how many there are by lane and level."""
    edges = even(ends.shape[1])
    level, n = np.empty(ends.shape[1], np.int64), np.zeros((len(edges) - 1, n_levels), np.int64)

    def lane(which: int) -> None:
        kernels.levels(ends, stratum, segment, edges[which], edges[which + 1], level, n[which])

    in_lanes(len(edges) - 1, lane)
    return level, n


def _placed(ends: Ints, event: Ints, level: Ints, n: Ints) -> tuple[Ints, Ints, Ints]:
    """Rows in some risk set in order of level, then as given; with their ends and events."""
    edges, total = even(len(level)), n.sum(axis=0)
    at = np.cumsum(total) - total + np.cumsum(n, axis=0) - n
    order, kept_event = np.empty((2, total.sum()), np.int64)
    kept = np.empty((2, total.sum()), np.int64)

    def lane(which: int) -> None:
        part = edges[which], edges[which + 1]
        kernels.place(ends, event, level, *part, at[which], order, kept, kept_event)

    in_lanes(len(edges) - 1, lane)
    return order, kept, kept_event


def _strata_lanes(last: Ints, segment: Ints) -> Ints:
    """Edges between rows, and between ranks, of lanes of whole strata; rows by ``last``."""
    first_row = np.searchsorted(last, segment)
    goal = np.arange(LANES + 1) * len(last) // LANES
    wide = np.searchsorted(first_row, goal) if len(last) >= ROWS_WORTH_A_LANE else [0]
    cut = np.unique(np.concatenate([wide, [0, len(segment) - 1]]))
    return np.stack([first_row[cut], segment[cut]]).astype(np.int64)


def _sweep(n_levels: int, segment: Ints) -> int:
    """Cells of the tables of all levels."""
    length = np.diff(segment)
    halves = (1 << np.arange(n_levels)) >> 1
    return int(sum(length[length > half].sum() for half in halves))


def _spans(n: Ints, sweep: int) -> Ints:
    """Rows of each lane and level; sweeps over many event times are worth fewer lanes."""
    lanes = int(np.clip(n.sum() // max(ROWS_WORTH_A_LANE, sweep // 4), 1, LANES))
    edges = np.cumsum(n) - n + np.arange(lanes + 1)[:, None] * n // lanes
    return np.ascontiguousarray(np.stack([edges[:-1], edges[1:]], axis=2), dtype=np.int64)


def row_lanes(sets: RiskSets) -> Ints:
    """Edges between the kept rows of each lane, for work row by row."""
    return even(len(sets.order))


def sums(sets: RiskSets, V: Floats, r: Floats) -> Floats:
    """Risk-set sums of ``r`` (column 0) and ``r V``: times × (1 + columns)."""
    if sets.running:
        return np.ascontiguousarray(row_sums(sets, padded(V), r)[:, : V.shape[1] + 1])
    return level_sums(sets, V, r)


def row_sums(sets: RiskSets, rows: Floats, r: Floats) -> Floats:
    """Risk-set sums of ``r`` times padded rows: times × width."""
    total = running_sums(sets, rows, r) if sets.running else None
    return np.ascontiguousarray(level_sums(sets, rows, r)[:, 1:]) if total is None else total


def padded(V: Floats, centre: Floats | float = 0.0) -> Floats:
    """Rows as the kernels of the likelihood take them: a one, ``V`` less the centre, zeros."""
    out, p = np.empty((len(V), row_kernels.width(V.shape[1]))), V.shape[1]
    out[:, 0], out[:, p + 1 :] = 1.0, 0.0
    np.subtract(V, centre, out=out[:, 1 : p + 1])
    return out


def level_sums(sets: RiskSets, V: Floats, r: Floats) -> Floats:
    """:func:`sums` by a table a level, without a subtraction."""
    shape = (len(sets.times), V.shape[1] + 1)
    place, levels = sets.by_level
    V, r = np.ascontiguousarray(V[place]), np.ascontiguousarray(r[place])

    def lane(which: int) -> Floats:
        out, work = np.zeros(shape), np.empty(shape)
        kernels.risk_set_sums(V, r, levels.ends, levels.spans[which], sets.segment, work, out)
        return out

    return folded(in_lanes(sets.n_lanes, lane))


def running_sums(sets: RiskSets, rows: Floats, r: Floats) -> Floats | None:
    """Risk-set sums of ``r`` times padded rows by one running total; a lane has whole strata.

    ``None`` where a risk set is too small for that.
    """
    assert sets.strata_lanes is not None
    edges, ranks = sets.strata_lanes
    cells, out = _cells(sets, rows.shape[1]), np.empty((len(sets.times), rows.shape[1]))

    def lane(which: int) -> None:
        low, high = ranks[which], ranks[which + 1]
        part = edges[which], edges[which + 1]
        row_kernels.enter_and_leave(rows, r, sets.ends, *part, low, high, cells)
        row_kernels.run(cells, low, high, out)

    in_lanes(len(edges) - 1, lane)
    return out if out[:, 0].min() >= SMALLEST * out[:, 0].max() else None


def range_cells(sets: RiskSets, h: Floats) -> Floats:
    """Running totals of ``h`` (times × columns), valid until the next are asked for."""
    cells = _cells(sets, h.shape[1])
    running_sum_kernels.running_ranges(np.ascontiguousarray(h), cells)
    return cells


def _cells(sets: RiskSets, width: int) -> Floats:
    """Memory that is kept: fresh pages cost more than the sums that are put in them."""
    shape = (len(sets.times) + 1, 2, width)
    if shape not in sets.room:
        sets.room[shape] = np.empty(shape)
    return sets.room[shape]


def range_tables(sets: RiskSets, h: Floats) -> Floats:
    """``h`` (times × columns) summed outwards in the blocks of every level."""
    tables = np.empty((sets.spans.shape[1], *h.shape))
    kernels.range_tables(np.ascontiguousarray(h), whole(sets), sets.segment, tables)
    return tables


def whole(sets: RiskSets) -> Ints:
    """All rows of each level."""
    return np.stack([sets.spans[0, :, 0], sets.spans[-1, :, 1]], axis=1)


def event_sums(sets: RiskSets, V: Floats, r: Floats) -> Floats:
    """Sums over the events at each time of ``r`` (column 0) and ``r V``."""
    out = np.zeros((len(sets.times), V.shape[1] + 1))
    kernels.event_sums(V, r, sets.event_rows, sets.event_start, out)
    return out


def symmetric(lower: Floats) -> Floats:
    """A whole matrix from its lower triangle, the upper being zero."""
    return lower + lower.T - np.diag(np.diag(lower))


def greatest(sets: RiskSets, u: Floats) -> Floats:
    """Greatest ``u`` in the risk set at each time."""
    out, work = np.full(len(sets.times), -np.inf), np.empty(len(sets.times))
    place, levels = sets.by_level
    u = np.ascontiguousarray(u[place])
    kernels.risk_set_max(u, levels.ends, whole(sets), sets.segment, work, out)
    return out
