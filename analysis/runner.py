"""Maps a kernel over buckets and hands the results back in bucket order.

The one seam where work is spread: over processes here, or over a cluster. A kernel is a
top-level function of one picklable argument; what it reads and writes lies on disk that every
worker reaches. The result is the same for any number of workers of either kind.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

Task = TypeVar("Task")
Result = TypeVar("Result")
Sum = TypeVar("Sum")

BUCKETS_A_SUM = 16


@dataclass(frozen=True)
class Workers:
    """``threads`` processes on this machine, or the executors of the Spark cluster ``master``."""

    threads: int = 2
    master: str = ""


def map_in_order(
    kernel: Callable[[Task], Result], tasks: Sequence[Task], workers: Workers
) -> Iterator[Result]:
    """``kernel(task)`` for each task, in the order of the tasks whatever finishes first."""
    if workers.master:
        from analysis.spark import map_on_cluster

        yield from map_on_cluster(kernel, tasks, workers.master)
        return
    if workers.threads < 2 or len(tasks) < 2:
        yield from map(kernel, tasks)
        return
    with ProcessPoolExecutor(max_workers=min(workers.threads, len(tasks))) as pool:
        yield from pool.map(kernel, tasks)
