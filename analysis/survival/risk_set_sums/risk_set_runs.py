"""Rows in order of stratum and level, in runs of one stratum and one level, cut into lanes.

A stratum's rows and its piece of the tables are worked on together, while they are in the cache.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..arguments import Ints
from ..numerics.chunks import even, in_lanes
from . import risk_set_kernels as kernels

LOW, HIGH = 3, 4  # columns of runs; the level is 0, rows are 1 and 2


@dataclass(frozen=True)
class Places:
    """Stratum and level of each row as one number; how many by lane, stratum and level."""

    of_row: Ints
    n: Ints


def places(ends: Ints, stratum: Ints, segment: Ints) -> Places:
    """Places of rows between their two ``ends`` (ranks, 2 × n)."""
    edges, n_levels = even(ends.shape[1]), int(np.diff(segment).max() - 1).bit_length() + 1
    of_row = np.empty(ends.shape[1], np.int64)
    n = np.zeros((len(edges) - 1, len(segment) - 1, n_levels), np.int64)

    def lane(which: int) -> None:
        kernels.places(ends, stratum, segment, edges[which], edges[which + 1], of_row, n[which])

    in_lanes(len(edges) - 1, lane)
    return Places(of_row, n)


def in_place(ends: Ints, event: Ints, where: Places) -> tuple[Ints, Ints, Ints]:
    """Rows in some risk set in order of place, then as given; their ends; their events."""
    n = where.n.reshape(len(where.n), -1)
    edges, total = even(len(where.of_row)), n.sum(axis=0)
    at = np.cumsum(total) - total + np.cumsum(n, axis=0) - n
    order, kept_event = np.empty((2, total.sum()), np.int64)
    kept = np.empty((2, total.sum()), np.int64)

    def lane(which: int) -> None:
        part = edges[which], edges[which + 1]
        kernels.put_in_place(ends, event, where.of_row, *part, at[which], order, kept, kept_event)

    in_lanes(len(edges) - 1, lane)
    return order, kept, kept_event


def runs(n: Ints, segment: Ints) -> tuple[Ints, ...]:
    """Level, first row, end of rows, first event time, end of times of each run, by lane.

    ``n`` are the rows of each stratum and level; where lanes meet a run is cut.
    """
    edges = np.append(0, np.cumsum(n))
    cuts = even(int(edges[-1]))
    ends = np.unique(np.concatenate([edges, cuts]))
    begin, end = ends[:-1], ends[1:]
    stratum, level = np.divmod(np.searchsorted(edges, begin, side="right") - 1, n.shape[1])
    table = np.column_stack([level, begin, end, segment[stratum], segment[stratum + 1]])
    return tuple(np.split(table, np.searchsorted(begin, cuts[1:-1])))
