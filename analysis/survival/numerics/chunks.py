"""Work divided into lanes, as many as the data ask for: a result never depends on the threads."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import numpy as np

from ..arguments import Floats, Ints

Result = TypeVar("Result")

LANES = 4
ROWS_WORTH_A_LANE = 16_384
_pool = ThreadPoolExecutor(max_workers=min(LANES, os.cpu_count() or 1))


def _fresh_pool() -> None:
    """A forked process inherits the pool but not its threads, and would wait for ever."""
    global _pool
    _pool = ThreadPoolExecutor(max_workers=min(LANES, os.cpu_count() or 1))


os.register_at_fork(after_in_child=_fresh_pool)


def in_lanes(n_lanes: int, work: Callable[[int], Result]) -> list[Result]:
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


def even(n: int) -> Ints:
    """Edges between the rows of each lane."""
    lanes = min(max(n // ROWS_WORTH_A_LANE, 1), LANES)
    return np.arange(lanes + 1) * n // lanes
