"""Maps a kernel over buckets and hands the results back in bucket order.

Processes here; the one seam where another way of spreading work would be put in. A kernel is a
top-level function of one picklable argument.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from typing import TypeVar

Task = TypeVar("Task")
Result = TypeVar("Result")


def map_in_order(
    kernel: Callable[[Task], Result], tasks: Sequence[Task], threads: int
) -> Iterator[Result]:
    """``kernel(task)`` for each task, in the order of the tasks whatever finishes first."""
    if threads < 2 or len(tasks) < 2:
        yield from map(kernel, tasks)
        return
    with ProcessPoolExecutor(max_workers=min(threads, len(tasks))) as pool:
        yield from pool.map(kernel, tasks)
