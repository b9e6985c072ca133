"""Risk intervals as a model takes them: its terms as columns, rows on which all are known."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.estimates.inputs.cohort_tables import Cohort
from analysis.estimates.inputs.stage_tables import Tables
from analysis.study import Model, Term
from data_schema.follow_up import STATES

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

TIME = ("person", "start", "stop", "state")


@dataclass(frozen=True)
class Wanted:
    """The columns that a model needs of the risk intervals and of the people."""

    intervals: list[str]
    people: list[str]


def wanted(tables: Tables, of_people: list[str], model: Model) -> Wanted:
    """A variable is taken from the intervals where they have it; one that is nowhere is missing."""
    named = {term.variable for term in model.terms} | set(model.strata)
    moving = named & set(tables.names("intervals"))
    personal = (named - moving) & set(of_people)
    return Wanted([*TIME, *sorted(moving)], ["person", *sorted(personal)])


def design(cohort: Cohort, model: Model, *, at_entry: bool = False) -> pd.DataFrame:
    """Rows person, start, stop, state and one column a term, complete rows only.

    ``at_entry``: of each person the first interval, as they are when follow-up begins.

    Intervals are read part by part, the model's columns only: what is incomplete is never held.
    """
    need = wanted(cohort.tables, [*cohort.people.columns], model)
    people, parts = cohort.people[need.people], cohort.intervals(need.intervals)
    if at_entry:
        parts = (part.drop_duplicates("person") for part in parts)
    return pd.concat([complete(part, people, model) for part in parts], ignore_index=True)


def complete(intervals: pd.DataFrame, people: pd.DataFrame, model: Model) -> pd.DataFrame:
    """The model's columns of some intervals, where all are known; people in order of id."""
    at = np.searchsorted(people["person"].to_numpy(), intervals["person"].to_numpy())
    columns = {name: intervals[name].to_numpy() for name in TIME}
    for term in model.terms:
        if term.variable in people:  # made once a person, not once an interval
            columns[term.name] = column(people, term).to_numpy()[at]
        else:
            columns[term.name] = column(intervals, term).to_numpy()
    for name in model.strata:
        columns[f"stratum_{name}"] = people[name].to_numpy()[at]
    known = np.ones(len(intervals), dtype=bool)
    for values in columns.values():
        known &= ~pd.isna(values)
    kept = np.flatnonzero(known)
    rows = {name: values[kept] for name, values in columns.items()}
    return pd.DataFrame(rows, copy=False)  # no second copy


def column(rows: pd.DataFrame, term: Term) -> pd.Series:
    """A term's transformed covariate; missing where the variable is, or is not in the extract."""
    if term.variable not in rows:
        return pd.Series(np.full(len(rows), np.nan), index=rows.index)
    values = rows[term.variable]
    if term.transform == "indicator":
        known = values.notna() & (values != "unknown")
        return (values == term.level).astype(float).where(known | (term.level == "unknown"))
    numbers = values.astype(float)
    if term.transform == "log2":
        return pd.Series(np.log2(numbers.where(numbers > 0)), index=rows.index)
    return numbers / term.per


@dataclass(frozen=True)
class Counts:
    """Of complete rows: how many, of how many people, over how many days; ends by state (S,).

    Those of other people are added.
    """

    rows: int
    people: int
    days: float
    ends: Ints

    def __add__(self, more: Counts) -> Counts:
        days, ends = self.days + more.days, self.ends + more.ends
        return Counts(self.rows + more.rows, self.people + more.people, days, ends)


def counted(rows: pd.DataFrame) -> Counts:
    """The counts of whole people's rows, as :func:`complete` gives them."""
    return Counts(
        len(rows),
        int(rows["person"].nunique()),
        float((rows["stop"] - rows["start"]).sum()),
        np.bincount(rows["state"].to_numpy(np.int64), minlength=len(STATES)),
    )
