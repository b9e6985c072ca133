"""Rows joined into at-risk periods of people: which rows begin one, and which end one.

A person may have several rows. Rows that touch, ``(a, b]`` then ``(b, c]``, are one period: their
common boundary is neither an entry nor a censoring. A gap ends a period and begins another.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .arguments import Floats, Ints, labels, no_overlap, refuse


@dataclass(frozen=True)
class AtRiskPeriods:
    """Per row: whether an at-risk period begins with it, and whether one ends with it.

    ``ids`` are codes 0, 1, ...; ``order`` sorts the rows by person and start. Both are ``None``
    where every row is a person of its own.
    """

    enters: NDArray[np.bool_]
    leaves: NDArray[np.bool_]
    ids: Ints | None
    order: Ints | None


def at_risk_periods(
    id: ArrayLike | None, start: Floats | None, stop: Floats, cause: Ints
) -> AtRiskPeriods:
    """Join touching rows of one person.

    ``ValueError``: rows of one id overlap; an event is followed by another row of the same id.
    """
    rows = len(stop)
    ids = _codes(id, rows)
    if ids is None:
        return AtRiskPeriods(np.ones(rows, dtype=bool), np.ones(rows, dtype=bool), None, None)
    begin = np.zeros(rows) if start is None else start
    order = np.arange(rows)
    if not _in_order(ids, begin, stop):
        no_overlap(ids, start, stop)
        order = np.lexsort((begin, ids)).astype(np.int64)
    same = ids[order][1:] == ids[order][:-1]
    touch = same & (begin[order][1:] == stop[order][:-1])
    followed = np.zeros(rows, dtype=bool)
    followed[order[:-1]] = same
    refuse("id", followed & (cause > 0), "has an event and a later row")
    enters, leaves = np.ones(rows, dtype=bool), np.ones(rows, dtype=bool)
    enters[order[1:]] = ~touch
    leaves[order[:-1]] = ~touch
    return AtRiskPeriods(enters, leaves, ids, order)


def _codes(id: ArrayLike | None, rows: int) -> Ints | None:
    """As ``labels``; whole-number ids that are in order already need no sort."""
    raw = None if id is None else np.asarray(id)
    if raw is None or raw.shape != (rows,) or raw.dtype.kind not in "iu":
        return labels("id", id, rows)
    if (raw[1:] < raw[:-1]).any():
        return labels("id", id, rows)
    return np.concatenate([np.zeros(min(rows, 1), np.int64), np.cumsum(raw[1:] != raw[:-1])])


def _in_order(ids: Ints, begin: Floats, stop: Floats) -> bool:
    """Rows are by person and start, and none begins before the one before it ends."""
    same = ids[1:] == ids[:-1]
    return not ((ids[1:] < ids[:-1]) | (same & (begin[1:] < stop[:-1]))).any()
