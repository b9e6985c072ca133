"""One bucket of whole patients: typed tables, with days since each person's first dialysis.

A day is a whole number: 0 is the day of first dialysis. Where a source carries whole months only,
``m`` months stand for ``floor(m · 365.25 / 12)`` days, so that ties stay ties and 12 months are
one year.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from pathlib import Path
from typing import TypeVar, cast

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from analysis import store
from data_schema.follow_up import DAYS_A_YEAR

CATEGORICAL = ("analyte", "timing", "domain")  # read dictionary-encoded
UNREAD = ("patient_id", "_file", "_row")  # ``person`` says whose a row is
NEVER = np.inf  # a day that does not come

Days = NDArray[np.float64]
ReadColumn = Callable[[str], pa.ChunkedArray]
Found = TypeVar("Found")


@dataclass(frozen=True)
class Bucket:
    """``patients`` in the order of their ids; the rows of every other table carry ``person``.

    ``labs`` reads a column of the laboratory table, the largest of all (see ``lab_table``).
    """

    number: int
    precision: str
    patients: pd.DataFrame
    tables: dict[str, pd.DataFrame]
    available: frozenset[str]
    labs: ReadColumn | None = None
    _known: dict[Hashable, object] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    @property
    def n(self) -> int:
        return len(self.patients)

    def days(self, dates: pd.Series, person: NDArray[np.int64] | None = None) -> Days:
        """Days since first dialysis; missing dates never come."""
        first = self.patients["first_dialysis_date"]
        origin = first if person is None else first.take(person)
        return days_between(origin, dates, self.precision)

    def persons(self, row: NDArray[np.int64]) -> NDArray[np.int64]:
        """Row numbers of ``patients`` as ``person``, which is unique over buckets."""
        return self.number * 2**32 + row

    def patient_days(self, column: str) -> Days:
        """The day of each patient's date in ``column``; a read-only view."""
        return self.once(("days", column), lambda: self.days(self.patients[column]))

    def once(self, name: Hashable, work: Callable[[], Found]) -> Found:
        """Result of ``work``, computed once a bucket: the variants of a study reuse it."""
        if name not in self._known:
            self._known[name] = work()
        return cast(Found, self._known[name])

    def days_of(self, when: date) -> Days:
        """The day, on each person's own clock, of one calendar date."""
        same = np.datetime64(when, "s")
        return self.once(("days_of", when), lambda: self.days(pd.Series(np.full(self.n, same))))

    def first_day(self, person: NDArray[np.int64], day: Days) -> Days:
        """The earliest of each person's days; ``NEVER`` for a person without one."""
        first = np.full(self.n, NEVER)
        np.minimum.at(first, person, day)
        return first


def days_between(origin: pd.Series, dates: pd.Series, precision: str) -> Days:
    """Whole days from ``origin`` to ``dates``, row by row; ``NEVER`` where a date is missing."""
    start = origin.to_numpy("datetime64[D]")
    end = dates.to_numpy("datetime64[D]")
    missing = np.isnat(end) | np.isnat(start)
    if precision == "month":
        months = (end.astype("datetime64[M]") - start.astype("datetime64[M]")).astype(np.float64)
        days = np.floor(months * DAYS_A_YEAR / 12)
    else:
        days = (end - start).astype(np.float64)
    return np.where(missing, NEVER, days)


def person_day(person: NDArray[np.int64], day: Days) -> NDArray[np.int64]:
    """Person and day in one sortable number; days from −2²⁰ (2,800 years) to 2²⁰."""
    bounded = np.clip(day, -(2.0**20) + 1, 2.0**20 - 1).astype(np.int64)
    return person * 2**21 + bounded + 2**20


def read_bucket(folder: Path, number: int, facts: dict) -> Bucket:
    """The tables of one bucket; rows of people who are not in ``patients`` do not occur."""
    patients = _table(folder / "patients" / f"{number:04d}.parquet")
    tables: dict[str, pd.DataFrame] = {}
    labs: ReadColumn | None = None
    for name in facts["tables"]:
        path = folder / name / f"{number:04d}.parquet"
        if name == "labs":
            labs = partial(_lab_column, path)
        elif name not in ("patients", "centres"):
            tables[name] = _table(path)
    return Bucket(number, facts["precision"], patients, tables, frozenset(facts["tables"]), labs)


def _table(path: Path) -> pd.DataFrame:
    names = [name for name in store.column_names(path) if name not in UNREAD]
    categorical = [name for name in names if name in CATEGORICAL]
    return store.lent_frame(store.read_table(path, names, categorical), whole=("person",))


def _lab_column(path: Path, name: str) -> pa.ChunkedArray:
    categorical = (name,) if name in CATEGORICAL else ()
    return store.read_table(path, (name,), categorical).column(name)
