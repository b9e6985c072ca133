"""A model's risk intervals added up where they lie: only sums come back, whatever the registry.

Buckets of the cohort stage are read, in processes or on a cluster, once for each pass of
:mod:`analysis.survival.cox_by_parts.passes`. Where the complete rows are few they are read once
and held, and the same passes are taken here: the number of buckets alone sets the order of
additions, so the bits are the same.
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
from analysis.estimates.who.batched_fits import Ask, in_step
from analysis.estimates.who.complete_rows import Counts, complete, counted, wanted
from analysis.runner import Workers
from analysis.study import Model
from analysis.survival.cox_by_parts.passes import Block
from analysis.survival.cox_by_parts.sums import cox_from_sums
from analysis.survival.cox_regression.result import CoxResult

HELD_BYTES = 256_000_000  # of complete rows: four million of five terms
GROUPS = 64  # sums handed back in one pass, each a few megabytes where event times are many
HERE = Workers()


class Asked(NamedTuple):
    """A look at the rows of a model, the event being the end in ``state``."""

    state: int
    look: Callable[..., Any]


class Part(NamedTuple):
    """One bucket, and what is asked of it."""

    tables: Tables
    model: Model
    number: int
    asked: tuple[Asked, ...] = ()


@dataclass(frozen=True)
class Rows:
    """Complete rows of some people, in arrays: X is rows × terms."""

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
    """Sums over a model's complete rows; ``held`` are these, part by part, where they are few."""

    cohort: Cohort
    model: Model
    counts: Counts
    held: tuple[Rows, ...] | None

    def fits(self, states: Sequence[int]) -> list[CoxResult]:
        """Cox's model for each state, the event being an end in it; no penalty, no strata.

        The fits go in step, so that the rows are read once for all of them.
        """

        def climb(state: int) -> Callable[[Ask[Asked]], CoxResult]:
            return lambda ask: cox_from_sums(lambda look: ask(Asked(state, look)))

        return in_step([climb(state) for state in states], self.answers)

    def answers(self, asked: tuple[Asked, ...]) -> tuple:
        """The sum of what each look finds, all taken in one pass over the rows."""
        if self.held is None:
            return _over_parts(looked_at, together, self.cohort, self.model, asked)

        def looked(rows: Rows) -> tuple:
            return _found(rows, asked)

        return _last(HERE.sums_in_order(looked, together, self.held, GROUPS), together)


def interval_sums(cohort: Cohort, model: Model) -> IntervalSums:
    """The rows are held where they take no more than ``HELD_BYTES``, or are one part."""
    need = wanted(cohort.tables, [*cohort.people.columns], model)
    people, held, counts = cohort.people[need.people], [], []
    for part in cohort.intervals(need.intervals):
        frame = complete(part, people, model)
        held.append(_rows(frame, model))
        counts.append(counted(frame))
        size = sum(rows.nbytes for rows in held)
        if size > HELD_BYTES and cohort.tables.n_parts > 1:
            held.clear()
            return IntervalSums(cohort, model, _over_parts(counts_of, add, cohort, model), None)
    return IntervalSums(cohort, model, reduce(add, counts), tuple(held))


def counts_of(part: Part) -> Counts:
    """A kernel: the counts of a bucket's complete rows."""
    return counted(_read(part))


def looked_at(part: Part) -> tuple:
    """A kernel: what each look finds in a bucket."""
    return _found(_rows(_read(part), part.model), part.asked)


def together(one: tuple, other: tuple) -> tuple:
    """What the same looks found in two sets of buckets, as if it were one."""
    return tuple(a + b for a, b in zip(one, other, strict=True))


def _read(part: Part) -> pd.DataFrame:
    need = wanted(part.tables, part.tables.names("people"), part.model)
    people = followed(part.tables.part("people", part.number, [*need.people, "in_cohort"]))
    intervals = part.tables.part("intervals", part.number, need.intervals)
    return complete(intervals, people[need.people], part.model)


def _rows(frame: pd.DataFrame, model: Model) -> Rows:
    return Rows(
        np.ascontiguousarray(frame[[term.name for term in model.terms]].to_numpy(float)),
        frame["start"].to_numpy(float),
        frame["stop"].to_numpy(float),
        frame["state"].to_numpy(np.int64),
    )


def _found(rows: Rows, asked: tuple[Asked, ...]) -> tuple:
    return tuple(look([rows.block(state)]) for state, look in asked)


def _over_parts(
    kernel: Callable[[Part], Any],
    plus: Callable[[Any, Any], Any],
    cohort: Cohort,
    model: Model,
    asked: tuple[Asked, ...] = (),
) -> Any:
    numbers = range(cohort.tables.n_parts)
    tasks = [Part(cohort.tables, model, number, asked) for number in numbers]
    return _last(cohort.workers.sums_in_order(kernel, plus, tasks, GROUPS), plus)


def _last(sums: Any, plus: Callable[[Any, Any], Any]) -> Any:
    return reduce(plus, (found for _, found in sums))
