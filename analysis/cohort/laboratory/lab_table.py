"""The laboratory rows of a bucket in columns, in the order of people and sample days.

Read once for all uses: dates become days on each person's clock, and categories become codes.
Columns of numbers are read on demand, since few studies need all.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from analysis.cohort.bucket import Bucket, ReadColumn, person_day
from analysis.cohort.laboratory.lab_kernels import NO_DATE, own_clock

Dates = NDArray[np.int32]  # days since 1970; NO_DATE where there is none


@dataclass(frozen=True)
class LabTable:
    """Rows in columns; ``analyte`` is a place in ``analytes``, -1 where there is none.

    ``clock`` (2, n): days since first dialysis of the sample, and of its result if that is later.
    ``usable``: the same as ``analyte``, but -1 where the sample was taken after a dialysis session.
    ``column`` reads one by its name.
    """

    person: NDArray[np.int32]
    sample_date: Dates
    clock: NDArray[np.float32]
    analyte: NDArray[np.int32]
    analytes: list[str]
    usable: NDArray[np.int32]
    column: Callable[[str], pa.Array]

    @property
    def sampled(self) -> NDArray[np.float32]:
        return self.clock[0]

    def rows_of(self, analyte: str) -> NDArray[np.int64]:
        """Row numbers of one analyte, in order; values after a session are left out."""
        if analyte not in self.analytes:
            return np.zeros(0, dtype=np.int64)
        return np.flatnonzero(self.usable == self.analytes.index(analyte))

    def all_numbers(self, column: str) -> NDArray[np.float64]:
        """A column of numbers; NaN where there is none."""
        return self.column(column).to_numpy(zero_copy_only=False)

    def numbers(self, column: str, rows: NDArray[np.int64]) -> NDArray[np.float64]:
        """Some cells of a column of numbers; NaN where there is none."""
        cells = self.column(column)
        if cells.null_count:
            return cells.take(pa.array(rows)).to_numpy(zero_copy_only=False)
        return cells.to_numpy()[rows]


def lab_table(bucket: Bucket) -> LabTable | None:
    """Laboratory table of the bucket, made once; ``None`` where the source has no laboratory
    values."""
    read = bucket.labs
    return None if read is None else bucket.once("labs", lambda: _in_columns(bucket, read))


def _in_columns(
    bucket: Bucket, read: ReadColumn, order: NDArray[np.int64] | None = None
) -> LabTable:
    """In the order given, else as they lie: that of people and samples, as ingest writes them."""

    @cache
    def column(name: str) -> pa.Array:
        whole = _whole(read(name))
        return whole if order is None else whole.take(pa.array(order))

    person = column("person").cast(pa.int32()).to_numpy()
    sample, result = (_dates(column(name)) for name in ("sample_date", "result_date"))
    clock, ordered = _own_clock(bucket, person, sample, result)
    if not ordered:
        keys = person_day(person.astype(np.int64), clock[0].astype(np.float64))
        return _in_columns(bucket, read, np.argsort(keys, kind="stable"))
    analyte, analytes = _encoded(column("analyte"))
    timing, timings = _encoded(column("timing"))
    usable = analyte
    if "post" in timings:
        usable = np.where(timing == timings.index("post"), np.int32(-1), analyte)
    return LabTable(person, sample, clock, analyte, analytes, usable, column)


def _own_clock(
    bucket: Bucket, person: NDArray[np.int32], sample: Dates, result: Dates
) -> tuple[NDArray[np.float32], bool]:
    if len(person) and not 0 <= person.min() <= person.max() < bucket.n:
        raise IndexError("a laboratory row without a patient in the bucket")  # unchecked in kernels
    first = bucket.patients["first_dialysis_date"].to_numpy("datetime64[D]")
    origin = np.where(np.isnat(first), NO_DATE, first.astype(np.int64)).astype(np.int32)
    if bucket.precision == "month":
        return own_clock(person, _months(sample), _months(result), _months(origin), True)
    return own_clock(person, sample, result, origin, False)


def _dates(column: pa.Array) -> Dates:
    return column.cast(pa.date32()).cast(pa.int32()).fill_null(NO_DATE).to_numpy()


def _months(dates: Dates) -> Dates:
    months = dates.astype("datetime64[D]").astype("datetime64[M]").astype(np.int32)
    return np.where(dates == NO_DATE, np.int32(NO_DATE), months)


def _encoded(values: pa.Array) -> tuple[NDArray[np.int32], list[str]]:
    """Codes and categories of a column; code -1 where a value is missing."""
    if not pa.types.is_dictionary(values.type):
        values = values.cast(pa.string()).dictionary_encode()
    return values.indices.cast(pa.int32()).fill_null(-1).to_numpy(), values.dictionary.to_pylist()


def _whole(column: pa.ChunkedArray) -> pa.Array:
    """The column as one array, without a copy where it has one chunk."""
    if pa.types.is_dictionary(column.type):
        column = column.unify_dictionaries()
    return column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()
