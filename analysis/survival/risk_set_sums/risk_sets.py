"""Rows ranked against the event times of their stratum, ready for risk-set sums.

A row at risk on ``(start, stop]`` is in the risk sets ``first..last``. Rows in no risk set carry
nothing and are left out. Rows are grouped by stratum and level (:mod:`risk_set_runs`) and divided
into chunks that depend on the data only, so a result does not depend on the threads.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ..arguments import Floats, Ints
from ..numerics.chunks import in_lanes
from . import risk_set_kernels as kernels
from . import row_kernels
from .risk_set_ranks import event_times, ranks
from .risk_set_runs import HIGH, LOW, in_place, places, runs


@dataclass(frozen=True)
class RiskSets:
    """Rows in some risk set (n, by stratum and level), and the event times (m) of all strata.

    ``order`` maps each kept row to its place among the ``n_rows`` given; ``runs`` are those of each
    chunk. ``event_rows[event_start[k]:event_start[k + 1]]`` are the events at k.
    ``times[segment[s]:segment[s + 1]]`` are the event times of stratum s.
    """

    n_rows: int
    order: Ints
    ends: Ints
    event: Ints
    times: Floats
    segment: Ints
    event_rows: Ints
    event_start: Ints
    runs: tuple[Ints, ...]

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


def risk_sets(start: Floats | None, stop: Floats, event: Ints, stratum: Ints) -> RiskSets:
    """Rank rows against event times; ``stratum`` are codes 0, 1, ...; at least one event."""
    return ranked(*event_times(stop, event, stratum), start, stop, event, stratum)


def ranked(
    times: Floats, segment: Ints, start: Floats | None, stop: Floats, event: Ints, stratum: Ints
) -> RiskSets:
    """:func:`risk_sets` against event times that are known; each event's is one of them."""
    ends = ranks(times, segment, start, stop, stratum)
    where = places(ends, stratum, segment)
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
        event_rows=events[_sorted(rank, len(times))],
        event_start=np.append(0, np.cumsum(np.bincount(rank, minlength=len(times)))),
        runs=runs(where.n.sum(axis=0), segment),
    )


def _sorted(rank: Ints, n_ranks: int) -> Ints:
    out = np.empty(len(rank), np.int64)
    kernels.sorted_rows(rank, n_ranks, out)
    return out


def padded(V: Floats, centre: Floats | float = 0.0) -> Floats:
    """Rows as the kernels of the likelihood take them: a one, ``V`` less the centre, zeros."""
    out, p = np.empty((len(V), row_kernels.width(V.shape[1]))), V.shape[1]
    out[:, 0], out[:, p + 1 :] = 1.0, 0.0
    np.subtract(V, centre, out=out[:, 1 : p + 1])
    return out


def row_sums(sets: RiskSets, rows: Floats, r: Floats) -> Floats:
    """Risk-set sums of ``r`` times padded rows: times × width."""

    def lane(runs: Ints, origin: int, work: Floats, out: Floats) -> None:
        row_kernels.risk_set_sums(rows, r, sets.ends, runs, origin, work, out)

    return by_stratum_and_level(sets, rows.shape[1], lane)


def by_stratum_and_level(
    sets: RiskSets, width: int, add_runs: Callable[[Ints, int, Floats, Floats], None]
) -> Floats:
    """What ``add_runs(runs, origin, work, out)`` adds up by event time: times × ``width``.

    A chunk's ``out`` has the event times of its strata only, ``origin`` is the first of them.
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


def symmetric(lower: Floats) -> Floats:
    """A whole matrix from its lower triangle, the upper being zero."""
    return lower + lower.T - np.diag(np.diag(lower))


def greatest(sets: RiskSets, u: Floats) -> Floats:
    """Greatest ``u`` in the risk set at each time."""
    out, work = np.full(len(sets.times), -np.inf), np.empty(len(sets.times))
    kernels.risk_set_max(np.ascontiguousarray(u), sets.ends, np.concatenate(sets.runs), work, out)
    return out
