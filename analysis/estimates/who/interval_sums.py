"""Sums over the risk intervals of a model, by bucket: the fit needs no row of the whole registry.

Buckets of the cohort stage are read, in processes or on a cluster, once for each pass of
:mod:`analysis.survival.cox_by_parts.passes`. Where complete rows are few they are read once and
held in memory, and the same passes run over them. The number of buckets alone sets the order of
additions, so both ways give the same bits.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import add
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.estimates.inputs.cohort_tables import Cohort, followed
from analysis.estimates.inputs.stage_tables import Tables
from analysis.estimates.who.batched_fits import Ask, batched
from analysis.estimates.who.complete_rows import Counts, complete, counted, wanted
from analysis.runner import Workers
from analysis.study import Model
from analysis.survival.cox_by_parts.passes import Block
from analysis.survival.cox_by_parts.sums import cox_from_sums
from analysis.survival.cox_regression.result import CoxResult

HELD_BYTES = 256_000_000  # of complete rows: four million of five terms
GROUPS = 64  # sums handed back in one pass, each a few megabytes where event times are many
HERE = Workers()


class Pass(NamedTuple):
    """A pass over the rows of a model, the event being the end in ``state``."""

    state: int
    sums: Callable[..., Any]


class BucketTask(NamedTuple):
    """A bucket of the cohort stage with the passes over it."""

    tables: Tables
    model: Model
    number: int
    passes: tuple[Pass, ...] = ()


@dataclass(frozen=True)
class ModelRows:
    """Complete rows of a model as arrays: X is rows × terms."""

    X: NDArray[np.float64]
    start: NDArray[np.float64]
    stop: NDArray[np.float64]
    state: NDArray[np.int64]

    @property
    def nbytes(self) -> int:
        return sum(part.nbytes for part in (self.X, self.start, self.stop, self.state))

    def block(self, state: int) -> Block:
        return self.X, self.start, self.stop, self.state == state


@dataclass(frozen=True)
class IntervalSums:
    """Sums over the complete rows of a model; ``held``: the rows by bucket, where they are few."""

    cohort: Cohort
    model: Model
    counts: Counts
    held: tuple[ModelRows, ...] | None

    def fits(self, states: Sequence[int]) -> list[CoxResult]:
        """Cox's model for each state, the event being an end in it; no penalty, no strata.

        The fits run as a batch, so that the rows are read once an iteration for all of them.
        """

        def fit(state: int) -> Callable[[Ask[Pass]], CoxResult]:
            return lambda ask: cox_from_sums(lambda sums: ask(Pass(state, sums)))

        return batched([fit(state) for state in states], self.totals)

    def totals(self, passes: tuple[Pass, ...]) -> tuple:
        """The total of each pass over all rows, the data being read once."""
        if self.held is None:
            return _over_buckets(sums_of, plus, self.cohort, self.model, passes)

        def of_held(rows: ModelRows) -> tuple:
            return _sums(rows, passes)

        return _last(HERE.sums_in_order(of_held, plus, self.held, GROUPS), plus)


def interval_sums(cohort: Cohort, model: Model) -> IntervalSums:
    """Sums over a model's rows, held where they take up to ``HELD_BYTES`` or are one bucket."""
    need = wanted(cohort.tables, [*cohort.people.columns], model)
    people, held, counts = cohort.people[need.people], [], []
    for part in cohort.intervals(need.intervals):
        frame = complete(part, people, model)
        held.append(_rows(frame, model))
        counts.append(counted(frame))
        size = sum(rows.nbytes for rows in held)
        if size > HELD_BYTES and cohort.tables.n_parts > 1:
            held.clear()
            return IntervalSums(cohort, model, _over_buckets(counts_of, add, cohort, model), None)
    return IntervalSums(cohort, model, reduce(add, counts), tuple(held))


def counts_of(task: BucketTask) -> Counts:
    """Counts of the complete rows of a bucket; a kernel."""
    return counted(_read(task))


def sums_of(task: BucketTask) -> tuple:
    """Sums of each pass over a bucket; a kernel."""
    return _sums(_rows(_read(task), task.model), task.passes)


def plus(one: tuple, other: tuple) -> tuple:
    """Sums of the same passes over two sets of buckets, added."""
    return tuple(a + b for a, b in zip(one, other, strict=True))


def _read(task: BucketTask) -> pd.DataFrame:
    need = wanted(task.tables, task.tables.names("people"), task.model)
    people = followed(task.tables.part("people", task.number, [*need.people, "in_cohort"]))
    intervals = task.tables.part("intervals", task.number, need.intervals)
    return complete(intervals, people[need.people], task.model)


def _rows(frame: pd.DataFrame, model: Model) -> ModelRows:
    return ModelRows(
        np.ascontiguousarray(frame[[term.name for term in model.terms]].to_numpy(float)),
        frame["start"].to_numpy(float),
        frame["stop"].to_numpy(float),
        frame["state"].to_numpy(np.int64),
    )


def _sums(rows: ModelRows, passes: tuple[Pass, ...]) -> tuple:
    return tuple(sums([rows.block(state)]) for state, sums in passes)


def _over_buckets(
    kernel: Callable[[BucketTask], Any],
    plus: Callable[[Any, Any], Any],
    cohort: Cohort,
    model: Model,
    passes: tuple[Pass, ...] = (),
) -> Any:
    numbers = range(cohort.tables.n_parts)
    tasks = [BucketTask(cohort.tables, model, number, passes) for number in numbers]
    return _last(cohort.workers.sums_in_order(kernel, plus, tasks, GROUPS), plus)


def _last(sums: Any, plus: Callable[[Any, Any], Any]) -> Any:
    return reduce(plus, (found for _, found in sums))
