"""Rows as codes: for every record the places of its words, and once what the words became.

So a laboratory row is a third as wide while it waits for its bucket: the first pass writes codes,
and the second looks up what they stand for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from analysis.ingest.columns.column_types import MARKS
from analysis.ingest.columns.decode import WordCodes, looked_up
from analysis.ingest.columns.decode_kernels import look_up

NO_SCOPE = pa.array([], pa.string()).dictionary_encode()
CELL = "cell:"  # before its name, which may be that of another column
NARROWEST = (np.uint8, np.uint16, np.uint32)


@dataclass(frozen=True)
class CodedRows:
    """Rows, none out of scope, whose columns are told by the words of their cells.

    ``codes``: of each cell its word in every row; ``told``: of each cell the columns that it tells,
    a row a word; ``numbers``: of the records; ``marks``: the first rule that a row breaks and its
    first flag.
    """

    codes: Mapping[str, WordCodes]
    told: Mapping[str, pa.StructArray]
    numbers: NDArray[np.integer]
    marks: Mapping[str, pa.DictionaryArray]

    @classmethod
    def of(cls, batch: pa.RecordBatch) -> CodedRows:
        """What ``in_order`` made a batch of."""
        columns = dict(zip(batch.schema.names, batch.columns, strict=True))
        cells = {
            name.removeprefix(CELL): column
            for name, column in columns.items()
            if _is_cell(column.type)
        }
        return cls(
            {name: column.indices.to_numpy() for name, column in cells.items()},
            {name: column.dictionary for name, column in cells.items()},
            columns["_row"].to_numpy(),
            {mark: columns[mark] for mark in MARKS},
        )

    def in_order(self, order: NDArray[np.uint32]) -> pa.RecordBatch:
        """The rows at ``order``: a column a cell, whose words are what the cell's became."""
        cells = {
            f"{CELL}{cell}": pa.DictionaryArray.from_arrays(
                _taken(self.codes[cell], len(told), order), told
            )
            for cell, told in self.told.items()
        }
        numbers = _taken(self.numbers, int(self.numbers.max(initial=0)) + 1, order)
        marks = {name: mark.take(pa.array(order)) for name, mark in self.marks.items()}
        return pa.RecordBatch.from_pydict({**cells, "_row": numbers, **marks})

    def __len__(self) -> int:
        return len(self.numbers)

    def column(self, name: str) -> pa.Array:
        """A column as the engine gives it (``staged_select``)."""
        return _column([self], name)

    def cell_of(self, name: str) -> str:
        """The cell that tells a column."""
        return next(
            cell for cell, told in self.told.items() if told.type.get_field_index(name) >= 0
        )


def words_and_codes(rows: pa.RecordBatch | CodedRows, name: str) -> tuple[pa.Array, WordCodes]:
    """What the words of a column became, and for every row which one; each may have its own."""
    if isinstance(rows, CodedRows):
        cell = rows.cell_of(name)
        return rows.told[cell].field(name), rows.codes[cell]
    return rows.column(name), np.arange(len(rows), dtype=np.uint32)


def staged_table(batches: Sequence[pa.RecordBatch]) -> pa.Table:
    """Batches as they were staged, rows or codes, as rows."""
    if all(map(_are_codes, batches)):
        return _rows([*map(CodedRows.of, batches)])
    whole = [
        _rows([CodedRows.of(batch)]) if _are_codes(batch) else pa.Table.from_batches([batch])
        for batch in batches
    ]
    names = whole[0].column_names
    return pa.concat_tables([table.select(names) for table in whole]).unify_dictionaries()


def _rows(parts: Sequence[CodedRows]) -> pa.Table:
    names = [field.name for told in parts[0].told.values() for field in told.type]
    names = [name for name in names if name != "_bucket"]
    return pa.table({n: _column(parts, n) for n in (*names, "_row", *MARKS, "_out_of_scope")})


def _column(parts: Sequence[CodedRows], name: str) -> pa.Array:
    if name == "_row":
        return pa.array(np.concatenate([part.numbers for part in parts], dtype=np.int64))
    if name == "_out_of_scope":
        return NO_SCOPE.take(pa.nulls(sum(map(len, parts)), pa.int32()))
    if name in MARKS:
        return pa.concat_arrays([part.marks[name] for part in parts])
    answers, codes = zip(*(words_and_codes(part, name) for part in parts), strict=True)
    return looked_up(answers, codes)


def _are_codes(batch: pa.RecordBatch) -> bool:
    return any(map(_is_cell, batch.schema.types))


def _is_cell(kind: pa.DataType) -> bool:
    return pa.types.is_dictionary(kind) and pa.types.is_struct(kind.value_type)


def _taken(numbers: NDArray, many: int, order: NDArray[np.uint32]) -> pa.Array:
    """The numbers, all below ``many``, at ``order``, in as few bytes as they need."""
    kind = next((k for k in NARROWEST if many <= np.iinfo(k).max + 1), np.int64)
    out = np.empty(len(order), dtype=kind)
    look_up(numbers, order, out)
    return pa.array(out)
