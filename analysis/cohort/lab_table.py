"""The laboratory rows of a bucket in columns, in the order of people and sample days.

Read once for everything that is asked of them: dates become days on each person's clock here, and
words the places of a list. Columns that few ask for stay as they were read.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from analysis.cohort.bucket import Bucket, Days, person_day
from analysis.cohort.lab_kernels import NO_DATE, in_order, own_clock, rows_by_group

Dates = NDArray[np.int32]  # days since 1970; NO_DATE where there is none


@dataclass(frozen=True)
class LabTable:
    """Rows in columns; ``analyte`` is a place in ``analytes``.

    ``clock`` (2, n): days since first dialysis of the sample, and of its result if that is later.
    ``rows`` of analyte a are those from ``begin[a]`` to ``begin[a + 1]``, less those taken after a
    dialysis session.
    """

    person: NDArray[np.int64]
    sample_date: Dates
    clock: Days
    analyte: NDArray[np.int32]
    analytes: list[str]
    rows: NDArray[np.int64]
    begin: NDArray[np.int64]
    read: pa.Table

    @property
    def sampled(self) -> Days:
        return self.clock[0]

    def rows_of(self, analyte: str) -> NDArray[np.int64]:
        """Row numbers of one analyte, in order; values after a session are left out."""
        if analyte not in self.analytes:
            return np.zeros(0, dtype=np.int64)
        place = self.analytes.index(analyte)
        return self.rows[self.begin[place] : self.begin[place + 1]]

    def numbers(self, column: str, rows: NDArray[np.int64]) -> NDArray[np.float64]:
        """Some cells of a column of numbers; NaN where there is none."""
        cells = _whole(self.read.column(column))
        if cells.null_count:
            return cells.take(pa.array(rows)).to_numpy(zero_copy_only=False)
        return cells.to_numpy()[rows]


def lab_table(bucket: Bucket) -> LabTable | None:
    """Of the bucket, made once; ``None`` where the source has no laboratory values."""
    read = bucket.labs
    return None if read is None else bucket.once("labs", lambda: _in_columns(bucket, read))


def _in_columns(bucket: Bucket, read: pa.Table) -> LabTable:
    person = _whole(read.column("person").cast(pa.int64())).to_numpy()
    sample = _dates(read, "sample_date")
    months = bucket.precision == "month"
    first = bucket.patients["first_dialysis_date"].to_numpy("datetime64[D]")
    origin = np.where(np.isnat(first), NO_DATE, first.astype(np.int64)).astype(np.int32)
    dates = [sample, _dates(read, "result_date"), origin]
    sampled, result, zero = (_months(one) for one in dates) if months else dates
    clock = own_clock(person, sampled, result, zero, months)
    if not in_order(person, clock[0]):
        order = np.argsort(person_day(person, clock[0]), kind="stable")
        return _in_columns(bucket, read.take(pa.array(order)))
    analyte, analytes = _places(read, "analyte")
    timing, timings = _places(read, "timing")
    usable = analyte
    if "post" in timings:
        usable = np.where(timing == timings.index("post"), np.int32(-1), analyte)
    rows, begin = rows_by_group(usable, len(analytes))
    return LabTable(person, sample, clock, analyte, analytes, rows, begin, read)


def _dates(read: pa.Table, name: str) -> Dates:
    days = read.column(name).cast(pa.date32()).cast(pa.int32())
    return _whole(days).fill_null(NO_DATE).to_numpy()


def _months(dates: Dates) -> Dates:
    months = dates.astype("datetime64[D]").astype("datetime64[M]").astype(np.int32)
    return np.where(dates == NO_DATE, np.int32(NO_DATE), months)


def _places(read: pa.Table, name: str) -> tuple[NDArray[np.int32], list[str]]:
    """A column of words as places in the list of its words; -1 where there is none."""
    words = read.column(name)
    if not pa.types.is_dictionary(words.type):
        words = words.cast(pa.string()).dictionary_encode()
    whole = _whole(words.unify_dictionaries())
    return whole.indices.cast(pa.int32()).fill_null(-1).to_numpy(), whole.dictionary.to_pylist()


def _whole(column: pa.ChunkedArray) -> pa.Array:
    """In one piece; what is in one already is not copied."""
    return column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()
