"""Distinct times and ranks among them: the only ordering the estimators of this room need.

Times are compared exactly. Whole-number times (days, months) take a look-up table, any other a
sort of the times; both give the same ranks.
"""

from __future__ import annotations

from typing import Literal

import numpy as np

from ..arguments import Floats, Ints
from .ranking_kernels import greatest_whole, look_up, presence


def distinct(values: Floats) -> Floats:
    """The distinct values, ascending."""
    greatest = greatest_whole(values, _worth_a_table(len(values)))
    if greatest < 0:
        return np.unique(values)
    return np.flatnonzero(presence(values, greatest + 1)).astype(np.float64)


def number_until(times: Floats, values: Floats) -> Ints:
    """For each value, how many of the ascending ``times`` are at or before it."""
    return _rank(times, values, "right")


def number_before(times: Floats, values: Floats) -> Ints:
    """For each value, how many of the ascending ``times`` are strictly before it."""
    return _rank(times, values, "left")


def table_until(times: Floats) -> Ints | None:
    """Number of the ascending ``times`` at or before 0, 1, ...; ``None`` if the table is large."""
    if not (len(times) and 0 <= times[-1] <= _worth_a_table(len(times))):
        return None
    grid = np.arange(np.floor(times[-1]) + 2)
    return np.searchsorted(times, grid, side="right").astype(np.int64)


def _rank(times: Floats, values: Floats, side: Literal["left", "right"]) -> Ints:
    greatest = greatest_whole(values, _worth_a_table(len(values) + len(times)))
    if greatest < 0:
        return np.searchsorted(times, values, side=side).astype(np.int64)
    grid = np.arange(greatest + 1, dtype=np.float64)
    return look_up(values, np.searchsorted(times, grid, side=side).astype(np.int64))


def _worth_a_table(rows: int) -> int:
    """The greatest whole number for which a table costs less than the sort it saves."""
    return 2 * rows + 65536
