"""Maps a kernel over buckets and hands the results, or their sums, back in bucket order.

The one seam where work is spread: over processes here, or over a cluster. A kernel is a
top-level function of one picklable argument; what it reads and writes lies on disk that every
worker reaches. The result is the same for any number of workers of either kind.
"""

from __future__ import annotations

import ctypes
import multiprocessing
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import reduce
from multiprocessing.context import BaseContext
from pathlib import Path
from typing import Generic, TypeVar

Task = TypeVar("Task")
Result = TypeVar("Result")

TRIM_THRESHOLD, MMAP_THRESHOLD = -1, -3  # as malloc.h has them
KEPT = 2**30  # bytes; what is less is not given back between two buckets
MODELS = "CALCINOSIS_MODELS"  # the folder of models from outside the project
GROUPS = 512  # sums handed back, and workers that can share the work, at most


class Workers:
    """``threads`` processes of this machine, or the executors of the Spark cluster ``master``.

    Processes start with the first map that needs them and stay until the ``with`` block ends:
    several passes over the same buckets pay for them once.
    """

    def __init__(self, threads: int = 1, master: str = "") -> None:
        self.threads = threads
        self.master = master
        self._pool: ProcessPoolExecutor | None = None

    def __enter__(self) -> Workers:
        return self

    def __exit__(self, *_: object) -> None:
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)
            self._pool = None

    def map_in_order(
        self, kernel: Callable[[Task], Result], tasks: Sequence[Task]
    ) -> Iterator[Result]:
        """``kernel(task)`` for each task, in the order of the tasks whatever finishes first."""
        if self.master:
            from analysis.spark import map_on_cluster

            yield from map_on_cluster(kernel, tasks, self.master)
        elif self.threads < 2 or len(tasks) < 2:
            yield from map(kernel, tasks)
        else:
            if self._pool is None:
                here = (str(Path.cwd()), os.umask(0o077), os.environ.get(MODELS, ""))
                os.umask(here[1])
                self._pool = ProcessPoolExecutor(self.threads, processes(kernel), begin, here)
            yield from self._pool.map(kernel, tasks)

    def sums_in_order(
        self,
        kernel: Callable[[Task], Result],
        add: Callable[[Result, Result], Result],
        tasks: Sequence[Task],
        groups: int = GROUPS,
    ) -> Iterator[tuple[int, Result]]:
        """The sums of the results of consecutive tasks, each with the number of tasks done by then.

        The sums are taken where the results are worked out, so that what travels back does not
        grow with the number of buckets: ``groups`` sums at most. Which tasks are added together
        depends on that and their number alone, so sums of floats have the same bits for any number
        of workers of either kind.
        """
        size = -(-len(tasks) // groups) or 1
        parts = [tasks[start : start + size] for start in range(0, len(tasks), size)]
        done = 0
        sums = self.map_in_order(Summed(kernel, add), parts)
        for part, found in zip(parts, sums, strict=True):
            done += len(part)
            yield done, found


@dataclass(frozen=True)
class Summed(Generic[Task, Result]):
    """A kernel of several tasks: the results of ``kernel``, added in the order of the tasks."""

    kernel: Callable[[Task], Result]
    add: Callable[[Result, Result], Result]

    def __call__(self, tasks: Sequence[Task]) -> Result:
        return reduce(self.add, map(self.kernel, tasks))


def map_in_order(
    kernel: Callable[[Task], Result], tasks: Sequence[Task], threads: int, master: str = ""
) -> Iterator[Result]:
    """:meth:`Workers.map_in_order` of workers for this one map, no more than there are tasks."""
    with Workers(min(threads, len(tasks)), master) as workers:
        yield from workers.map_in_order(kernel, tasks)


def sums_in_order(
    kernel: Callable[[Task], Result],
    add: Callable[[Result, Result], Result],
    tasks: Sequence[Task],
    threads: int,
    master: str = "",
    groups: int = GROUPS,
) -> Iterator[tuple[int, Result]]:
    """:meth:`Workers.sums_in_order` of workers for this one map, no more than there are tasks."""
    with Workers(min(threads, len(tasks)), master) as workers:
        yield from workers.sums_in_order(kernel, add, tasks, groups)


def processes(kernel: object) -> BaseContext:
    """How workers start: a fork where this process has one thread, else from a fork server.

    A fork of several threads keeps the locks of those that it loses, and may wait for one for ever;
    a fork of one thread is safe and costs nothing. The server is a process of one thread that
    imports the kernel's module once; it costs the seconds of that import. Python's own choice
    differs between its versions and systems.
    """
    tasks = Path("/proc/self/task")  # Linux; elsewhere system libraries start threads unseen
    if tasks.is_dir() and len(list(tasks.iterdir())) == 1:
        return multiprocessing.get_context("fork")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([getattr(kernel, "__module__", "numpy")])
    return context


def begin(folder: str, umask: int, models: str) -> None:
    """A worker stands where its parent does, writes with its rights and finds its models."""
    os.chdir(folder)
    os.umask(umask)
    os.environ[MODELS] = models
    keep_memory()


def keep_memory() -> bool:
    """What a bucket frees stays with its process, for the next one; whether it will.

    A page that is given back is cleared when it is taken again, which costs a tenth of the work.
    Only glibc knows how; memory is that of the largest bucket either way. The first of the two is
    refused where it is old, and the second alone would do harm.
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError, TypeError):
        return False
    return bool(mallopt(MMAP_THRESHOLD, KEPT) and mallopt(TRIM_THRESHOLD, KEPT))
