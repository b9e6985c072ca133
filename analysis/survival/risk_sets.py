"""Rows ranked against the event times of their stratum, ready for risk-set sums.

A row at risk on ``(start, stop]`` is in the risk sets ``first..last``. Rows in no risk set carry
nothing and are left out. Rows are grouped by level (see :mod:`risk_set_kernels`) and divided into
a number of lanes that depends on the data only, so a result does not depend on the threads.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from analysis.survival import risk_set_kernels as kernels
from analysis.survival.arguments import Floats, Ints

LANES = 4
ROWS_WORTH_A_LANE = 16_384
_pool = ThreadPoolExecutor(max_workers=min(LANES, os.cpu_count() or 1))


@dataclass(frozen=True)
class RiskSets:
    """Rows in some risk set (n, in order of level), and the event times (m) of all strata.

    ``order`` maps each kept row to its place among the ``n_rows`` given; ``spans`` is lane ×
    level × (begin, end). ``event_rows[event_start[k]:event_start[k + 1]]`` are the events at k.
    ``times[segment[s]:segment[s + 1]]`` are the event times of stratum s.
    """

    n_rows: int
    order: Ints
    first: Ints
    last: Ints
    stratum: Ints
    spans: Ints
    times: Floats
    segment: Ints
    event_rows: Ints
    event_start: Ints

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


def risk_sets(start: Floats | None, stop: Floats, event: Ints, stratum: Ints) -> RiskSets:
    """Rank rows against event times; ``stratum`` are codes 0, 1, ...; at least one event."""
    times, segment = _event_times(stop, event, stratum)
    n = len(stop)
    last = np.empty(n, np.int64)
    kernels.count_not_after(times, segment, stop, stratum, last)
    last -= 1
    first = segment[stratum]
    if start is not None:
        first = np.empty(n, np.int64)
        kernels.count_not_after(times, segment, start, stratum, first)
    level = np.empty(n, np.int64)
    kernels.levels(first, last, level)
    order = np.argsort(level, kind="stable")[np.count_nonzero(level < 0) :]
    spans = _spans(level[order], len(times), len(order))
    last_kept = last[order]
    events = np.flatnonzero(event[order])
    events = events[np.argsort(last_kept[events], kind="stable")]
    event_start = np.searchsorted(last_kept[events], np.arange(len(times) + 1)).astype(np.int64)
    return RiskSets(
        n_rows=n,
        order=order,
        first=first[order],
        last=last_kept,
        stratum=stratum[order],
        spans=spans,
        times=times,
        segment=segment,
        event_rows=events,
        event_start=event_start,
    )


def _event_times(stop: Floats, event: Ints, stratum: Ints) -> tuple[Floats, Ints]:
    at = np.flatnonzero(event)
    at = at[np.lexsort((stop[at], stratum[at]))]
    t, s = stop[at], stratum[at]
    new = np.ones(len(at), dtype=bool)
    new[1:] = (t[1:] != t[:-1]) | (s[1:] != s[:-1])
    n_strata = int(stratum.max()) + 1
    segment = np.searchsorted(s[new], np.arange(n_strata + 1)).astype(np.int64)
    return t[new], segment


def _spans(level: Ints, n_times: int, n: int) -> Ints:
    """Rows of each lane and level; sweeps over many event times are worth fewer lanes."""
    n_levels = max(n_times - 1, 0).bit_length() + 1
    bounds = np.searchsorted(level, np.arange(n_levels + 1))
    sweep = n_times * n_levels
    lanes = int(np.clip(n // max(ROWS_WORTH_A_LANE, sweep), 1, LANES))
    edges = bounds[:-1] + np.arange(lanes + 1)[:, None] * np.diff(bounds) // lanes
    return np.ascontiguousarray(np.stack([edges[:-1], edges[1:]], axis=2), dtype=np.int64)


def sums(sets: RiskSets, V: Floats, r: Floats) -> Floats:
    """Risk-set sums of ``r`` (column 0) and ``r V``: times × (1 + columns)."""
    shape = (len(sets.times), V.shape[1] + 1)

    def lane(which: int) -> Floats:
        out, work = np.zeros(shape), np.empty(shape)
        kernels.risk_set_sums(V, r, sets.first, sets.last, sets.spans[which], work, out)
        return out

    parts = in_lanes(sets.n_lanes, lane)
    for part in parts[1:]:
        parts[0] += part
    return parts[0]


def ranges(sets: RiskSets, h: Floats) -> Floats:
    """Sum of ``h`` (times × columns) over the risk sets of every row: n × columns."""
    n_levels = sets.spans.shape[1]
    out = np.empty((len(sets.first), h.shape[1]))
    whole = np.stack([sets.spans[0, :, 0], sets.spans[-1, :, 1]], axis=1)
    tables = np.empty((n_levels, *h.shape))
    kernels.range_tables(np.ascontiguousarray(h), whole, tables)
    in_lanes(
        sets.n_lanes,
        lambda which: kernels.range_sums(tables, sets.first, sets.last, sets.spans[which], out),
    )
    return out


def event_sums(sets: RiskSets, V: Floats, r: Floats) -> Floats:
    """Sums over the events at each time of ``r`` (column 0) and ``r V``."""
    out = np.zeros((len(sets.times), V.shape[1] + 1))
    kernels.event_sums(V, r, sets.event_rows, sets.event_start, out)
    return out


def cross_product(sets: RiskSets, X: Floats, w: Floats) -> Floats:
    """``sum of w x xᵀ`` over rows, symmetric."""
    n, p = X.shape
    edges = np.arange(sets.n_lanes + 1) * n // sets.n_lanes

    def lane(which: int) -> Floats:
        out = np.zeros((p, p))
        kernels.cross_product(X, w, edges[which], edges[which + 1], out)
        return out

    parts = in_lanes(sets.n_lanes, lane)
    for part in parts[1:]:
        parts[0] += part
    return np.tril(parts[0]) + np.tril(parts[0], -1).T


def greatest(sets: RiskSets, u: Floats) -> Floats:
    """Greatest ``u`` in the risk set at each time."""
    out, work = np.full(len(sets.times), -np.inf), np.empty(len(sets.times))
    whole = np.stack([sets.spans[0, :, 0], sets.spans[-1, :, 1]], axis=1)
    kernels.risk_set_max(u, sets.first, sets.last, whole, work, out)
    return out
