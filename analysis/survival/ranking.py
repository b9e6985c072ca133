"""Distinct times and ranks among them: the only ordering the estimators of this room need.

Times are compared exactly. Whole-number times (days, months) take a lookup table, any other a
sort of the times; both give the same ranks.
"""

from __future__ import annotations

from typing import Literal

import numpy as np

from analysis.survival.arguments import Floats, Ints


def distinct(values: Floats) -> Floats:
    """The distinct values, ascending."""
    whole = _as_whole(values, len(values))
    if whole is None:
        return np.unique(values)
    return np.flatnonzero(np.bincount(whole)).astype(np.float64)


def number_until(times: Floats, values: Floats) -> Ints:
    """For each value, how many of the ascending ``times`` are at or before it."""
    return _rank(times, values, "right")


def number_before(times: Floats, values: Floats) -> Ints:
    """For each value, how many of the ascending ``times`` are strictly before it."""
    return _rank(times, values, "left")


def _rank(times: Floats, values: Floats, side: Literal["left", "right"]) -> Ints:
    whole = _as_whole(values, len(values) + len(times))
    if whole is None or len(times) == 0:
        return np.searchsorted(times, values, side=side).astype(np.int64)
    grid = np.arange(int(whole.max()) + 1, dtype=np.float64)
    return np.searchsorted(times, grid, side=side).astype(np.int64)[whole]


def _as_whole(values: Floats, rows: int) -> Ints | None:
    """The values as integers, if they are small whole numbers; otherwise ``None``."""
    # A table longer than the data would cost more than the sort it saves.
    if len(values) == 0 or values.min() < 0 or values.max() > 2 * rows + 65536:
        return None
    whole = values.astype(np.int64)
    return whole if bool((whole == values).all()) else None
