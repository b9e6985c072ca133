"""Rows ranked against the event times of their stratum, ready for risk-set sums.

A row at risk on ``(start, stop]`` is in the risk sets ``first..last``. Rows in no risk set carry
nothing and are left out. Rows are grouped by stratum and level (:mod:`risk_set_runs`) and divided
into lanes that depend on the data only, so a result does not depend on the threads.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from ..arguments import Floats, Ints
from ..numerics.chunks import LANES, ROWS_WORTH_A_LANE, even, in_lanes
from . import risk_set_kernels as kernels
from . import row_kernels, running_sum_kernels
from .risk_set_ranks import event_times, ranks
from .risk_set_runs import HIGH, LEVEL, LOW, in_place, places, runs, sweep

ROWS_WORTH_A_CELL = 0.2  # more cells than this over all levels: one running total is cheaper
FEW = 6  # risk sets a row: to add it to each is cheaper than two sums that keep their digits
SMALLEST = 2.0**-40  # of the greatest risk-set sum: down to there a running total keeps its digits


@dataclass(frozen=True)
class RiskSets:
    """Rows in some risk set (n, by stratum and level), and the event times (m) of all strata.

    ``order`` maps each kept row to its place among the ``n_rows`` given; ``runs`` are those of each
    lane. ``event_rows[event_start[k]:event_start[k + 1]]`` are the events at k.
    ``times[segment[s]:segment[s + 1]]`` are the event times of stratum s. ``running`` says that
    event times are so many that one running total is cheaper than a table a level: rows are then
    in order of their last rank, ``strata_lanes`` (2 × lanes + 1) divides rows and ranks between
    strata, and ``runs`` are those of :attr:`by_level`. ``room`` is memory to work in, whose
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
    runs: tuple[Ints, ...]
    room: dict[tuple[int, ...], Floats] = field(default_factory=dict, repr=False, compare=False)

    @property
    def running(self) -> bool:
        return self.strata_lanes is not None

    @cached_property
    def brief(self) -> bool:
        """Rows are in so few risk sets that each may be added to every one of them."""
        return bool(np.sum(self.last - self.first + 1) <= FEW * len(self.order))

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
        return len(self.runs)

    @property
    def n_events(self) -> Ints:
        """Events at each time."""
        return np.diff(self.event_start)

    @cached_property
    def by_level(self) -> tuple[Ints | slice, Ints]:
        """Rows by stratum and level (all as they are unless ``running``), and their ends."""
        if not self.running:
            return slice(None), self.ends
        stratum = np.searchsorted(self.segment, self.last, side="right") - 1
        where = places(self.ends, stratum, self.segment)
        return in_place(self.ends, self.event, where)[:2]


def risk_sets(start: Floats | None, stop: Floats, event: Ints, stratum: Ints) -> RiskSets:
    """Rank rows against event times; ``stratum`` are codes 0, 1, ...; at least one event."""
    return ranked(*event_times(stop, event, stratum), start, stop, event, stratum)


def ranked(
    times: Floats, segment: Ints, start: Floats | None, stop: Floats, event: Ints, stratum: Ints
) -> RiskSets:
    """:func:`risk_sets` against event times that are known; each event's is one of them."""
    ends = ranks(times, segment, start, stop, stratum)
    where = places(ends, stratum, segment)
    running = bool(sweep(segment) > ROWS_WORTH_A_CELL * where.n.sum())
    if running:  # neighbours then write to neighbouring cells
        order = np.flatnonzero(where.of_row >= 0)
        order = order[_sorted(ends[1, order], len(times))]
        kept, kept_event = np.ascontiguousarray(ends[:, order]), event[order]
    else:
        order, kept, kept_event = in_place(ends, event, where)
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
        runs=runs(where.n.sum(axis=0), segment),
    )


def _sorted(rank: Ints, n_ranks: int) -> Ints:
    out = np.empty(len(rank), np.int64)
    kernels.sorted_rows(rank, n_ranks, out)
    return out


def _strata_lanes(last: Ints, segment: Ints) -> Ints:
    """Edges between rows, and between ranks, of lanes of whole strata; rows by ``last``."""
    first_row = np.searchsorted(last, segment)
    goal = np.arange(LANES + 1) * len(last) // LANES
    wide = np.searchsorted(first_row, goal) if len(last) >= ROWS_WORTH_A_LANE else [0]
    cut = np.unique(np.concatenate([wide, [0, len(segment) - 1]]))
    return np.stack([first_row[cut], segment[cut]]).astype(np.int64)


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
    place, ends = sets.by_level
    V, r = np.ascontiguousarray(V[place]), np.ascontiguousarray(r[place])

    def lane(runs: Ints, origin: int, work: Floats, out: Floats) -> None:
        kernels.risk_set_sums(V, r, ends, runs, origin, work, out)

    return by_stratum_and_level(sets, V.shape[1] + 1, lane)


def by_stratum_and_level(
    sets: RiskSets, width: int, add_runs: Callable[[Ints, int, Floats, Floats], None]
) -> Floats:
    """What ``add_runs(runs, origin, work, out)`` adds up by event time: times × ``width``.

    A lane's ``out`` has the event times of its strata only, ``origin`` is the first of them.
    """
    longest = int(np.diff(sets.segment).max())

    def lane(which: int) -> tuple[int, Floats]:
        runs = sets.runs[which]
        origin = int(runs[:, LOW].min(initial=len(sets.times)))
        out = np.zeros((int(runs[:, HIGH].max(initial=origin)) - origin, width))
        add_runs(runs, origin, np.empty((longest, width)), out)
        return origin, out

    lanes = in_lanes(sets.n_lanes, lane)
    if len(lanes) == 1 and len(lanes[0][1]) == len(sets.times):
        return lanes[0][1]
    total = np.zeros((len(sets.times), width))
    for origin, part in lanes:
        total[origin : origin + len(part)] += part
    return total


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
    return out if large_enough(out) else None


def large_enough(total: Floats) -> bool:
    """Every risk set (sums of r, then of r x) keeps its digits in a running total."""
    return bool(total[:, 0].min() >= SMALLEST * total[:, 0].max())


def sums_one_by_one(sets: RiskSets, width: int, add: Callable[..., None]) -> Floats:
    """What ``add(begin, end, out)`` adds of its rows to their risk sets: times × ``width``."""
    assert sets.strata_lanes is not None
    edges, out = sets.strata_lanes[0], np.zeros((len(sets.times), width))
    in_lanes(len(edges) - 1, lambda which: add(edges[which], edges[which + 1], out))
    return out


def range_cells(sets: RiskSets, h: Floats) -> Floats:
    """Running totals of ``h`` (times × columns), valid until the next are asked for."""
    cells = _cells(sets, h.shape[1])
    running_sum_kernels.running_ranges(np.ascontiguousarray(h), cells)
    return cells


def _cells(sets: RiskSets, width: int) -> Floats:
    """Fresh pages would cost more than the sums that are put in them."""
    return room(sets, (len(sets.times) + 1, 2, width))


def room(sets: RiskSets, shape: tuple[int, ...]) -> Floats:
    """Memory of a shape, the same until :attr:`RiskSets.room` is cleared."""
    if shape not in sets.room:
        sets.room[shape] = np.empty(shape)
    return sets.room[shape]


def range_tables(sets: RiskSets, h: Floats) -> Floats:
    """``h`` (times × columns) summed outwards in the blocks of every level."""
    runs = np.concatenate(sets.runs)
    tables = np.empty((int(runs[:, LEVEL].max(initial=0)) + 1, *h.shape))
    kernels.range_tables(np.ascontiguousarray(h), runs, tables)
    return tables


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
    place, ends = sets.by_level
    u = np.ascontiguousarray(u[place])
    kernels.risk_set_max(u, ends, np.concatenate(sets.runs), work, out)
    return out
