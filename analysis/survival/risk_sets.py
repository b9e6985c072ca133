"""Rows ranked against the event times of their stratum, ready for risk-set sums.

A row at risk on ``(start, stop]`` is in the risk sets ``first..last``. Rows in no risk set carry
nothing and are left out. Rows are grouped by level (see :mod:`risk_set_kernels`) and divided into
a number of lanes that depends on the data only, so a result does not depend on the threads.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np

from analysis.survival import risk_set_kernels as kernels
from analysis.survival import running_sum_kernels
from analysis.survival.arguments import Floats, Ints

LANES = 4
ROWS_WORTH_A_LANE = 16_384
ROWS_WORTH_A_CELL = 0.2  # more cells than this over all levels: one running total is cheaper
SMALLEST = 2.0**-40  # of the greatest risk-set sum: down to there a running total keeps its digits
_pool = ThreadPoolExecutor(max_workers=min(LANES, os.cpu_count() or 1))


def _fresh_pool() -> None:
    """A forked process inherits the pool but not its threads, and would wait for ever."""
    global _pool
    _pool = ThreadPoolExecutor(max_workers=min(LANES, os.cpu_count() or 1))


os.register_at_fork(after_in_child=_fresh_pool)


@dataclass(frozen=True)
class RiskSets:
    """Rows in some risk set (n, in order of level), and the event times (m) of all strata.

    ``order`` maps each kept row to its place among the ``n_rows`` given; ``spans`` is lane ×
    level × (begin, end). ``event_rows[event_start[k]:event_start[k + 1]]`` are the events at k.
    ``times[segment[s]:segment[s + 1]]`` are the event times of stratum s. ``running`` says that
    event times are so many that one running total is cheaper than a table a level; ``room`` is
    memory to work in, whose contents mean nothing.
    """

    n_rows: int
    order: Ints
    ends: Ints
    event: Ints
    spans: Ints
    times: Floats
    segment: Ints
    event_rows: Ints
    event_start: Ints
    running: bool
    room: dict[tuple[int, ...], Floats] = field(default_factory=dict, repr=False, compare=False)

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


def in_lanes(n_lanes: int, work: Callable[[int], object]) -> list:
    """``[work(0), work(1), ...]``, in that order whatever the threads did."""
    if n_lanes == 1:
        return [work(0)]
    return list(_pool.map(work, range(n_lanes)))


def folded(parts: list[Floats]) -> Floats:
    """Sum of the lanes' tables, first to last."""
    total = parts[0]
    for part in parts[1:]:
        total += part
    return total


def risk_sets(start: Floats | None, stop: Floats, event: Ints, stratum: Ints) -> RiskSets:
    """Rank rows against event times; ``stratum`` are codes 0, 1, ...; at least one event."""
    return ranked(*_event_times(stop, event, stratum), start, stop, event, stratum)


def ranked(
    times: Floats, segment: Ints, start: Floats | None, stop: Floats, event: Ints, stratum: Ints
) -> RiskSets:
    """:func:`risk_sets` against event times that are known; each event's is one of them."""
    ends = _ranks(times, segment, start, stop, stratum)
    n_levels = int(np.diff(segment).max() - 1).bit_length() + 1
    level, n = np.empty(len(stop), np.int64), np.zeros(n_levels, np.int64)
    kernels.levels(ends, stratum, segment, level, n)
    order, kept = np.empty(n.sum(), np.int64), np.empty((2, n.sum()), np.int64)
    sweep = _sweep(n_levels, segment)
    running = bool(sweep > ROWS_WORTH_A_CELL * len(order))
    rows = np.arange(len(stop))
    if running:  # neighbours then write to neighbouring cells
        kernels.sorted_rows(ends[1], len(times), rows)
    kernels.place(ends, level, rows, np.cumsum(n) - n, order, kept)
    kept_event = event[order]
    events = np.flatnonzero(kept_event)
    events = events[np.argsort(kept[1, events], kind="stable")]
    event_start = np.searchsorted(kept[1, events], np.arange(len(times) + 1)).astype(np.int64)
    return RiskSets(
        n_rows=len(stop),
        order=order,
        ends=kept,
        event=kept_event,
        spans=_spans(n, sweep),
        times=times,
        segment=segment,
        event_rows=events,
        event_start=event_start,
        running=running,
    )


def _ranks(times: Floats, segment: Ints, start: Floats | None, stop: Floats, stratum: Ints) -> Ints:
    """First and last rank of each row: 2 × n."""
    n = len(stop)
    guide = np.empty(len(times) + len(segment), np.int64)
    kernels.guide(times, segment, guide)
    ends = np.empty((2, n), np.int64)
    if start is None:
        ends[0] = segment[stratum]
    n_lanes = LANES if n >= ROWS_WORTH_A_LANE else 1
    edges = np.arange(n_lanes + 1) * n // n_lanes

    def lane(which: int) -> None:
        part = slice(edges[which], edges[which + 1])
        of = stratum[part]
        kernels.count_not_after(times, segment, guide, stop[part], of, ends[1, part])
        ends[1, part] -= 1
        if start is not None:
            kernels.count_not_after(times, segment, guide, start[part], of, ends[0, part])

    in_lanes(n_lanes, lane)
    return ends


def _event_times(stop: Floats, event: Ints, stratum: Ints) -> tuple[Floats, Ints]:
    at = np.flatnonzero(event)
    at = at[np.lexsort((stop[at], stratum[at]))]
    t, s = stop[at], stratum[at]
    new = np.ones(len(at), dtype=bool)
    new[1:] = (t[1:] != t[:-1]) | (s[1:] != s[:-1])
    n_strata = int(stratum.max()) + 1
    segment = np.searchsorted(s[new], np.arange(n_strata + 1)).astype(np.int64)
    return t[new], segment


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
    n = len(sets.order)
    lanes = int(np.clip(n // ROWS_WORTH_A_LANE, 1, LANES))
    return np.arange(lanes + 1) * n // lanes


def sums(sets: RiskSets, V: Floats, r: Floats) -> Floats:
    """Risk-set sums of ``r`` (column 0) and ``r V``: times × (1 + columns)."""
    if sets.running and (total := running_sums(sets, V, r)) is not None:
        return total.copy()
    return level_sums(sets, V, r)


def level_sums(sets: RiskSets, V: Floats, r: Floats) -> Floats:
    """:func:`sums` by a table a level, without a subtraction."""
    shape = (len(sets.times), V.shape[1] + 1)

    def lane(which: int) -> Floats:
        out, work = np.zeros(shape), np.empty(shape)
        kernels.risk_set_sums(V, r, sets.ends, sets.spans[which], sets.segment, work, out)
        return out

    return folded(in_lanes(sets.n_lanes, lane))


def running_sums(sets: RiskSets, V: Floats, r: Floats) -> Floats | None:
    """:func:`sums` by one running total; ``None`` where a risk set is too small for that.

    Valid until the next are asked for.
    """
    width = V.shape[1] + 1
    cells, out = _cells(sets, width), _room(sets, (len(sets.times), width))
    running_sum_kernels.running_sums(V, r, sets.ends, cells, out)
    return out if out[:, 0].min() >= SMALLEST * out[:, 0].max() else None


def range_cells(sets: RiskSets, h: Floats) -> Floats:
    """Running totals of ``h`` (times × columns), valid until the next are asked for."""
    cells = _cells(sets, h.shape[1])
    running_sum_kernels.running_ranges(np.ascontiguousarray(h), cells)
    return cells


def _cells(sets: RiskSets, width: int) -> Floats:
    return _room(sets, (len(sets.times) + 1, 2, width))


def _room(sets: RiskSets, shape: tuple[int, ...]) -> Floats:
    """Memory that is kept: fresh pages cost more than the sums that are put in them."""
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


def cross_product(sets: RiskSets, X: Floats, w: Floats) -> Floats:
    """``sum of w x xᵀ`` over rows, symmetric."""
    p, edges = X.shape[1], row_lanes(sets)

    def lane(which: int) -> Floats:
        out = np.zeros((p, p))
        kernels.cross_product(X, w, edges[which], edges[which + 1], out)
        return out

    return symmetric(folded(in_lanes(len(edges) - 1, lane)))


def symmetric(lower: Floats) -> Floats:
    """A whole matrix from its lower triangle, the upper being zero."""
    return lower + lower.T - np.diag(np.diag(lower))


def greatest(sets: RiskSets, u: Floats) -> Floats:
    """Greatest ``u`` in the risk set at each time."""
    out, work = np.full(len(sets.times), -np.inf), np.empty(len(sets.times))
    kernels.risk_set_max(u, sets.ends, whole(sets), sets.segment, work, out)
    return out
