"""A bucket's rows of one table as they were staged, and the people whom they belong to."""

from __future__ import annotations

from functools import cached_property
from typing import NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from analysis.ingest.columns.encoded_columns import Codes, word_codes
from analysis.ingest.columns.row_kernels import keep_unmarked, one_by_one
from analysis.ingest.second_pass.flags import Marks, Mask

Places = NDArray[np.int32]
Floats = NDArray[np.float64]


class People(NamedTuple):
    """The known persons of a bucket, in the order of their ids; days since 1970, NaN for none."""

    patient_id: pa.Array
    birth: Floats
    death: Floats

    @classmethod
    def of(cls, patients: pa.Table) -> People:
        """``patients``: those who are used, in the order of their ids."""

        def days(name: str) -> Floats:
            cells = patients.column(name).combine_chunks().cast(pa.int32()).cast(pa.float64())
            return cells.fill_null(np.nan).to_numpy(zero_copy_only=False)

        ids = patients.column("patient_id").combine_chunks()
        return cls(ids, days("birth_date"), days("death_date"))

    @property
    def lives(self) -> Floats:
        """Birth and death of each person; the last row for nobody."""
        return np.append(np.stack([self.birth, self.death], axis=1), [[np.nan] * 2], axis=0)


class BucketRows:
    """Rows with what becomes of each: ``rule``, ``flag`` and ``scope``."""

    def __init__(self, staged: pa.Table) -> None:
        self.table = staged
        self.rule = Marks.of(self.words("_rule"))
        self.flag = Marks.of(self.words("_flag"))
        self.scope = Marks.of(self.words("_out_of_scope"))
        self.staged_scope = self.scope.code.copy()
        self.file, self.files = self.coded("_file")
        self.record = self.numbers("_row", 0).astype(np.int64, copy=False)

    @property
    def n(self) -> int:
        return self.table.num_rows

    def column(self, name: str) -> pa.Array:
        cells = self.table.column(name)
        return cells.chunk(0) if cells.num_chunks == 1 else cells.combine_chunks()

    def words(self, name: str) -> pa.DictionaryArray:
        """A column with its words apart from its cells."""
        cells = self.column(name)
        return cells if pa.types.is_dictionary(cells.type) else cells.dictionary_encode()

    def coded(self, name: str, kind: type = np.int32) -> tuple[NDArray, list[str]]:
        """Place of each cell of a column in its words, -1 where it is empty; and the words."""
        cells = self.words(name)
        return word_codes(cells, kind), cells.dictionary.to_pylist()

    def numbers(self, name: str, missing: float) -> NDArray:
        """A column of numbers, or of dates as days since 1970; not to be written to."""
        cells = self.column(name)
        if pa.types.is_date(cells.type):
            cells = cells.cast(pa.int32())
        return cells.fill_null(missing).to_numpy(zero_copy_only=False)

    @property
    def used(self) -> Mask:
        return self.rule.none & self.scope.none

    def still_used(self, rows: Places) -> Places:
        """Those of ``rows``, which are not kept, that are used."""
        return rows[: keep_unmarked(rows, self.rule.code, self.scope.code)]

    @cached_property
    def person(self) -> Codes:
        """Place of each row's person among the bucket's people, -1 for nobody known."""
        return self.numbers("_person", -1).astype(np.int32, copy=False)

    @cached_property
    def one_by_one(self) -> bool:
        """Whether rows stand in the order of files and records, one row a record."""
        return one_by_one(self.file, self.record)

    def sound(self) -> Places:
        """Rows without a rule that were staged as in scope, by file and record."""
        rows = np.arange(self.n, dtype=np.int32)
        found = rows[: keep_unmarked(rows, self.rule.code, self.staged_scope)]
        if self.one_by_one:
            return found
        return found[np.lexsort((self.record[found], self.file[found]))]
