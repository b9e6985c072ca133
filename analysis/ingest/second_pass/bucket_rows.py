"""A bucket's rows of one table as they were staged, and the people whom they belong to."""

from __future__ import annotations

from functools import cached_property
from typing import NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from analysis.ingest.columns.encoded_columns import Codes, codes_of, numbers_of
from analysis.ingest.second_pass.flags import UNFLAGGED, Mask, RowFlags

Places = NDArray[np.int32]
Floats = NDArray[np.float64]


class KnownPeople(NamedTuple):
    """The known persons of a bucket, in the order of their ids; days since 1970, NaN for none."""

    patient_id: pa.Array
    birth: Floats
    death: Floats

    @classmethod
    def of(cls, patients: pa.Table) -> KnownPeople:
        """``patients``: those who are used, in the order of their ids."""

        def days(name: str) -> Floats:
            cells = patients.column(name).combine_chunks().cast(pa.int32()).cast(pa.float64())
            return numbers_of(cells, np.nan)

        ids = patients.column("patient_id").combine_chunks()
        return cls(ids, days("birth_date"), days("death_date"))

    def lifetimes(self, person: Codes) -> tuple[Floats, Floats]:
        """Birth and death of each of ``person``, -1 for nobody known."""
        birth, death = np.append(self.birth, np.nan), np.append(self.death, np.nan)
        return birth[person], death[person]


class BucketRows:
    """Rows with what becomes of each: ``rule``, ``flag`` and ``scope``."""

    def __init__(self, staged: pa.Table) -> None:
        self.table = staged
        self.rule = RowFlags.of(self.encoded("_rule"))
        self.flag = RowFlags.of(self.encoded("_flag"))
        self.scope = RowFlags.of(self.encoded("_out_of_scope"))
        self.staged_in_scope = self.scope.unset
        self.file, self.files = self.codes_and_values("_file")
        self.record = self.numbers("_row", 0).astype(np.int64, copy=False)

    @property
    def n(self) -> int:
        return self.table.num_rows

    def column(self, name: str) -> pa.Array:
        cells = self.table.column(name)
        return cells.chunk(0) if cells.num_chunks == 1 else cells.combine_chunks()

    def encoded(self, name: str) -> pa.DictionaryArray:
        """A column, dictionary-encoded."""
        cells = self.column(name)
        return cells if pa.types.is_dictionary(cells.type) else cells.dictionary_encode()

    def codes_and_values(self, name: str, kind: type = np.int32) -> tuple[NDArray, list[str]]:
        """The code of each cell of a column, -1 where it is empty; and the values of the codes."""
        cells = self.encoded(name)
        return codes_of(cells, kind), cells.dictionary.to_pylist()

    def numbers(self, name: str, missing: float) -> NDArray:
        """A column of numbers, or of dates as days since 1970; read-only."""
        cells = self.column(name)
        if pa.types.is_date(cells.type):
            cells = cells.cast(pa.int32())
        return numbers_of(cells, missing)

    @property
    def used(self) -> Mask:
        return self.rule.unset & self.scope.unset

    def still_used(self, rows: Places) -> Places:
        """Those of ``rows`` that are used."""
        return rows[(self.rule.code[rows] == UNFLAGGED) & (self.scope.code[rows] == UNFLAGGED)]

    @cached_property
    def person(self) -> Codes:
        """Place of each row's person among the bucket's people, -1 for nobody known."""
        return self.numbers("_person", -1).astype(np.int32, copy=False)

    @cached_property
    def are_records_in_order(self) -> bool:
        """Whether rows stand in the order of files and records, one row a record."""
        file, record = np.diff(self.file), np.diff(self.record)
        return bool(np.all((file > 0) | ((file == 0) & (record > 0))))

    def sound(self) -> Places:
        """Rows without a rule that were staged as in scope, by file and record."""
        found = np.flatnonzero(self.rule.unset & self.staged_in_scope).astype(np.int32)
        if self.are_records_in_order:
            return found
        return found[np.lexsort((self.record[found], self.file[found]))]
