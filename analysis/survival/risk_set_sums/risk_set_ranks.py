"""Event times of each stratum, and rows ranked against them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ..arguments import Floats, Ints
from ..numerics.chunks import even, in_lanes
from ..numerics.ranking import distinct, table_until
from ..numerics.ranking_kernels import looked_up
from . import risk_set_kernels as kernels

ONE_STRATUM = 2  # edges


def event_times(stop: Floats, event: Ints, stratum: Ints) -> tuple[Floats, Ints]:
    """Distinct times of events by stratum, ascending; where each stratum begins, and the end."""
    at = np.flatnonzero(event)
    t, s = stop[at], stratum[at]
    n_strata = int(stratum.max()) + 1
    if n_strata == 1:
        times = distinct(t)
        return times, np.array([0, len(times)])
    at = np.lexsort((t, s))
    t, s = t[at], s[at]
    new = np.ones(len(at), dtype=bool)
    new[1:] = (t[1:] != t[:-1]) | (s[1:] != s[:-1])
    segment = np.searchsorted(s[new], np.arange(n_strata + 1)).astype(np.int64)
    return t[new], segment


def ranks(times: Floats, segment: Ints, start: Floats | None, stop: Floats, stratum: Ints) -> Ints:
    """Rank of the first and of the last risk set of each row: 2 × n; none if first > last."""
    ends = np.empty((2, len(stop)), np.int64)
    if start is None:
        ends[0] = segment[stratum]
    count, edges = _counted(times, segment), even(len(stop))

    def lane(which: int) -> None:
        part = slice(edges[which], edges[which + 1])
        of = stratum[part]
        count(stop[part], of, ends[1, part])
        ends[1, part] -= 1
        if start is not None:
            count(start[part], of, ends[0, part])

    in_lanes(len(edges) - 1, lane)
    return ends


def _counted(times: Floats, segment: Ints) -> Callable[[Floats, Ints, Ints], None]:
    """What writes the number of event times at or before each value of each stratum."""
    guide = np.empty(len(times) + len(segment), np.int64)
    kernels.guide(times, segment, guide)
    table = table_until(times) if len(segment) == ONE_STRATUM else None

    def count(values: Floats, stratum: Ints, out: Ints) -> None:
        if table is None or not looked_up(values, table, out):
            kernels.count_not_after(times, segment, guide, values, stratum, out)

    return count
