"""Rows of a table typed by the words of their cells, not one by one.

Where a SELECT is word-wise (``word_wise``) the engine types each different cell of a column once,
with the SQL that types rows; the rows are those answers, looked up. What comes out is what the
engine makes of the rows themselves, row for row.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import duckdb
import numpy as np
import pyarrow as pa

from analysis.ingest.columns.column_types import (
    MARKS,
    mark_of,
    rule_names,
    typed_by_column,
    typed_names,
)
from analysis.ingest.columns.decode import lent, looked_up_numbers
from analysis.ingest.columns.distinct_values import Words, fields_read, words_of
from analysis.ingest.columns.encoded_rows import CodedRows
from analysis.ingest.columns.histogram_kernels import NO_CODE
from analysis.ingest.columns.staging import RECODED, selected_rows, staged_select
from analysis.ingest.files.file_parts import Stretch
from analysis.ingest.sql.quoting import quoted
from analysis.ingest.sql.value_wise import cells_of_columns
from data_schema.declarations import Table

MOST_ROWS = 2**22  # of a batch
# what DuckDB and Arrow read alike
KINDS = (pa.string(), pa.large_string(), pa.date32(), pa.float64(), pa.int64(), pa.int32())


class WordSelect(NamedTuple):
    """What becomes of the words of a file: ``select``, and for each column the cell that tells it.

    No cell, '', tells a column that is the same in every record.
    """

    select: str
    cells: Mapping[str, str]


def word_select(declared: Table, sql: str, parts: list[str]) -> WordSelect | None:
    """None where the SELECT of a table, or a rule of the table, takes several cells together."""
    cells = cells_of_columns(sql)
    if not cells or "_out_of_scope" in cells or declared.rules:
        return None
    names = declared.column_names
    cast = ", ".join(
        f"CAST({quoted(name) if name in cells else 'NULL'} AS VARCHAR) AS {quoted(name)}"
        for name in names
    )
    selected = f"(SELECT {cast}, _file, _row, CAST(NULL AS VARCHAR) AS _out_of_scope FROM ({sql}))"
    marks = [mark_of(mark, name) for name in names for mark in MARKS]
    typed = f"({typed_by_column(declared, selected)})"
    staged = staged_select(declared, typed, parts, marks)
    return WordSelect(f"{staged} ORDER BY t._row", {name: cells.get(name, "") for name in names})


def has_words(stretches: Sequence[Stretch], asked: WordSelect) -> bool:
    """Whether the cells of these can be read as words, some whole blocks at a time."""
    pieces = {piece.text: piece for _, piece, _, _ in stretches}
    return all({first, stop} <= {0, *piece.ends} for _, piece, first, stop in stretches) and all(
        max(np.diff(piece.ends, prepend=0)) <= MOST_ROWS
        and {cell for cell in asked.cells.values() if cell} <= set(piece.cells)
        and all(_kind(field.type) in KINDS for field in fields_read(piece))
        for piece in pieces.values()
    )


def _kind(held: pa.DataType) -> pa.DataType:
    return held.value_type if pa.types.is_dictionary(held) else held


def rows_by_words(
    connection: duckdb.DuckDBPyConnection,
    stretch: Stretch,
    declared: Table,
    asked: WordSelect,
    by_rows: str,
) -> Iterator[pa.RecordBatch | CodedRows]:
    """The rows of a stretch of records as the SELECT ``by_rows`` gives them. A stretch begins and
    ends where blocks of the text do.

    Where words do not repeat, that SELECT is run.
    """
    cells = sorted({cell for cell in asked.cells.values() if cell})
    for blocks, some in _batches(stretch):
        words = words_of(some, blocks, cells)
        if words is None:
            some.create_view(connection)
            yield from selected_rows(connection, by_rows)
        else:
            yield _coded(declared, asked.cells, words, words.answers(connection, asked.select))


def _batches(stretch: Stretch) -> Iterator[tuple[list[int], Stretch]]:
    """Some blocks of the text at a time, and the records that they hold."""
    first, ends = stretch.first, stretch.piece.ends
    blocks: list[int] = []
    for block, (start, end) in enumerate(zip((0, *ends), ends, strict=False)):
        if not stretch.first <= start < end <= stretch.stop:
            continue
        if blocks and end - first > MOST_ROWS:
            yield blocks, stretch._replace(first=first, stop=start)
            first, blocks = start, []
        blocks.append(block)
    if blocks:
        yield blocks, stretch._replace(first=first)


def _coded(
    declared: Table, cells: Mapping[str, str], words: Words, answers: pa.RecordBatch
) -> CodedRows:
    """The rows of ``words``, of which the engine made ``answers``."""
    tells: dict[str, list[str]] = {cell: [] for cell in words.words}
    tells[""].append("_file")
    tells[cells.get("patient_id", "")].append("_bucket")
    for column in declared.columns:
        is_person = column.name == "patient_id"
        tells[cells[column.name]] += ["_person"] if is_person else typed_names([column])
    told = {cell: _told(answers, names, len(words.words[cell])) for cell, names in tells.items()}
    marks = {
        mark: _first_mark(mark, names, cells, words, answers)
        for mark, names in zip(MARKS, rule_names(declared), strict=True)
    }
    _, piece, first, stop = words.of
    return CodedRows(words.codes, told, piece.numbers(first, stop), marks)


def _told(answers: pa.RecordBatch, names: Sequence[str], many: int) -> pa.StructArray:
    """What these ``names`` of the answers say of so ``many`` words."""
    held = [answers.column(name).slice(0, many) for name in names]
    held = [
        column.dictionary_encode() if name in RECODED else column
        for name, column in zip(names, held, strict=True)
    ]
    return pa.StructArray.from_arrays(held, names)


def _first_mark(
    mark: str,
    names: Sequence[str],
    cells: Mapping[str, str],
    words: Words,
    answers: pa.RecordBatch,
) -> pa.Array:
    """The first rule (or flag), one of ``names``, in the order of columns that a row breaks."""
    rows = words.of.stop - words.of.first
    if not names:
        return pa.nulls(rows, pa.string())
    found = np.full(rows, NO_CODE, dtype=np.uint8)
    for name, cell in cells.items():
        given = answers.column(mark_of(mark, name)).slice(0, len(words.words[cell]))
        if given.null_count < len(given):
            own = [NO_CODE if word is None else names.index(word) for word in given.to_pylist()]
            here = looked_up_numbers([np.array(own, dtype=np.uint8)], [words.codes[cell]])
            found = np.where(found == NO_CODE, here, found)
    places = lent(found, (found != NO_CODE).view(np.uint8))
    return pa.DictionaryArray.from_arrays(places, pa.array(names, pa.string()))
