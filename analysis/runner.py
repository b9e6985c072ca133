"""Maps a kernel over buckets and hands the results back in bucket order.

The one seam where work is spread: over processes here, or over a cluster. A kernel is a
top-level function of one picklable argument; what it reads and writes lies on disk that every
worker reaches. The result is the same for any number of workers of either kind.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from typing import TypeVar

Task = TypeVar("Task")
Result = TypeVar("Result")


def map_in_order(
    kernel: Callable[[Task], Result], tasks: Sequence[Task], threads: int, master: str = ""
) -> Iterator[Result]:
    """``kernel(task)`` for each task, in the order of the tasks whatever finishes first.

    In ``threads`` processes of this machine, or on the executors of the Spark cluster ``master``.
    """
    if master:
        from analysis.spark import map_on_cluster

        yield from map_on_cluster(kernel, tasks, master)
        return
    if threads < 2 or len(tasks) < 2:
        yield from map(kernel, tasks)
        return
    with ProcessPoolExecutor(max_workers=min(threads, len(tasks))) as pool:
        yield from pool.map(kernel, tasks)
