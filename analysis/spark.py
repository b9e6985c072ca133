"""The kernels of the stages on Apache Spark: the same functions, called inside its executors.

Spark only carries tasks out and results back, in order; no query is translated to it. The project,
its environment and the study's folder lie on storage that every executor reaches under the same
path.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Generic, TypeVar

from data_schema.refusal import Refusal

Task = TypeVar("Task")
Result = TypeVar("Result")

ROOT = Path(__file__).parents[1]
CONFIGURATION = Path(__file__).with_name("spark_conf")
CARRIED = (
    *("NUMBA_CACHE_DIR", "OPENBLAS_NUM_THREADS", "PYTHONDONTWRITEBYTECODE", "MPLBACKEND"),
    "CALCINOSIS_MODELS",  # a folder beside the study
)
TASKS_A_CORE = 8  # in one wave: enough to level out slow tasks, few enough to show progress


@dataclass(frozen=True)
class Refused:
    """A refusal on its way back: a value, so that its one line arrives without a trace."""

    sentence: str


class Remote(Generic[Task, Result]):
    """A kernel as an executor calls it: in the driver's folder, with the driver's umask."""

    def __init__(self, kernel: Callable[[Task], Result]) -> None:
        self.kernel = kernel
        self.folder = str(Path.cwd())

    def __call__(self, task: Task) -> Result | Refused:
        os.chdir(self.folder)
        os.umask(0o077)
        try:
            return self.kernel(task)
        except Refusal as refused:
            return Refused(str(refused))


def map_on_cluster(
    kernel: Callable[[Task], Result], tasks: Sequence[Task], master: str
) -> Iterator[Result]:
    """``kernel(task)`` for each task on the executors of ``master``, in the order of the tasks.

    Raises ``Refusal`` where a kernel refuses, where the cluster cannot be reached and where it
    loses a task more often than Spark tries again.
    """
    context = _context(master)
    wave = max(1, context.defaultParallelism) * TASKS_A_CORE
    for start in range(0, len(tasks), wave):
        part = list(tasks[start : start + wave])
        for result in _collect(context, Remote(kernel), part):
            if isinstance(result, Refused):
                raise Refusal(result.sentence)
            yield result


def _collect(context: Any, remote: Remote, tasks: list) -> list:
    from py4j.protocol import Py4JError

    try:
        return context.parallelize(tasks, len(tasks)).map(remote).collect()
    except Py4JError as error:
        raise Refusal(f"the cluster could not finish its tasks ({_cause(error)})") from None


def _cause(error: Any) -> str:
    """The kind of the error that Spark reports, without what it says: that may hold data."""
    lines = [line for line in str(error).splitlines() if line.strip()]
    kinds = [line.split(":")[0].strip().split(".")[-1] for line in lines]
    named = [
        kind for kind in kinds if kind.isidentifier() and kind.endswith(("Error", "Exception"))
    ]
    return named[-1] if named else "a worker was lost"


@cache
def _context(master: str) -> Any:
    """One connection a process; it ends with the process."""
    try:
        import pyspark
    except ImportError:
        raise Refusal("RUNNER=spark needs pyspark: make spark") from None
    package = Path(pyspark.__file__).parent
    os.environ.setdefault("SPARK_HOME", str(package))
    os.environ["SPARK_CONF_DIR"] = str(CONFIGURATION)
    os.environ["PYSPARK_PYTHON"] = sys.executable
    settings = {
        "spark.master": master,
        "spark.app.name": "calcinosis",
        "spark.log.level": "OFF",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.executorEnv.PYTHONPATH": os.pathsep.join([str(ROOT), str(package.parent)]),
        "spark.executorEnv.SPARK_CONF_DIR": str(CONFIGURATION),
        **{f"spark.executorEnv.{k}": os.environ[k] for k in CARRIED if k in os.environ},
    }
    conf = pyspark.SparkConf().setAll(list(settings.items()))
    try:
        return pyspark.SparkContext(conf=conf)
    except Exception as error:
        raise Refusal(f"MASTER: no Spark cluster answers there ({type(error).__name__})") from None
