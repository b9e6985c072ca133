"""Rows of a table typed by the words of their cells, not one by one.

Where a SELECT is word-wise (``word_wise``) the engine types each different cell of a column once,
with the SQL that types rows; the rows are those answers, looked up. What comes out is what the
engine makes of the rows themselves, row for row, in the order of buckets.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from analysis.ingest.histogram_kernels import NO_CODE
from analysis.ingest.laboratory import plain_numbers
from analysis.ingest.pieces import NO_COLUMN, Piece
from analysis.ingest.sql_text import literal, quoted
from analysis.ingest.staging import RECODED, staged_select
from analysis.ingest.typed import MARKS, mark_of, rule_names, typed_by_column
from analysis.ingest.word_kernels import look_up
from analysis.ingest.word_wise import cells_of_columns
from data_schema.declarations import Table

MOST_ROWS = 2**22  # of a batch
# what DuckDB and Arrow read alike
KINDS = (pa.string(), pa.large_string(), pa.date32(), pa.float64(), pa.int64(), pa.int32())

NO_WORDS = pa.array([], pa.string()).dictionary_encode()

Answers = Callable[[str, str], pa.Array]
Codes = NDArray[np.uint32]


class WordSelect(NamedTuple):
    """What becomes of the words of a file: ``select``, and for each column the cell that tells it.

    No cell, '', tells a column that is the same in every record.
    """

    select: str
    cells: Mapping[str, str]


class Stretch(NamedTuple):
    """Records of a part of a file: those from ``first`` up to ``stop``, counted from 0."""

    piece: Piece
    first: int
    stop: int


def word_select(declared: Table, sql: str, parts: list[str], buckets: int) -> WordSelect | None:
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
    staged = staged_select(declared, typed, parts, buckets, marks)
    return WordSelect(f"{staged} ORDER BY t._row", {name: cells.get(name, "") for name in names})


def has_words(stretches: Sequence[Stretch]) -> bool:
    """Whether the cells of these can be read as words, some whole blocks at a time."""
    return all(
        {first, stop} <= {0, *piece.ends}
        and max(np.diff(piece.ends, prepend=0)) <= MOST_ROWS
        and all(_kind(field.type) in KINDS for field in _fields_read(piece))
        for piece, first, stop in stretches
    )


def _fields_read(piece: Piece) -> Iterator[pa.Field]:
    columns = {cell.column for cell in piece.cells.values()}
    return (field for field in pq.read_schema(piece.text) if field.name.lower() in columns)


def _kind(held: pa.DataType) -> pa.DataType:
    return held.value_type if pa.types.is_dictionary(held) else held


def rows_by_words(
    connection: duckdb.DuckDBPyConnection,
    view: str,
    stretch: Stretch,
    declared: Table,
    asked: WordSelect,
) -> Iterator[pa.RecordBatch]:
    """The rows of a stretch of records as ``staged_select`` of the whole table gives them, but in
    the order of buckets within a batch. A stretch begins and ends where blocks of the text do.

    ``view``: of the file, which the SELECT reads.
    """
    piece = stretch.piece
    for first, stop, blocks in _batches(stretch):
        words = _Words(piece, blocks, set(asked.cells.values()))
        answers = words.answers(connection, view, asked.select)
        yield _rows(declared, asked.cells, words, answers, piece.numbers(first, stop))


def _batches(stretch: Stretch) -> Iterator[tuple[int, int, list[int]]]:
    """Some blocks of the text at a time: the first record, the one after the last, the blocks."""
    first, ends = stretch.first, stretch.piece.ends
    blocks: list[int] = []
    for block, (start, end) in enumerate(zip((0, *ends), ends, strict=False)):
        if not stretch.first <= start < end <= stretch.stop:
            continue
        if blocks and end - first > MOST_ROWS:
            yield first, start, blocks
            first, blocks = start, []
        blocks.append(block)
    if blocks:
        yield first, stretch.stop, blocks


class _Words:
    """The different cells of some blocks by column, and for each record the place of its own."""

    def __init__(self, piece: Piece, blocks: Sequence[int], cells: set[str]) -> None:
        self.piece = piece
        self.n = sum(piece.ends[b] - (piece.ends[b - 1] if b else 0) for b in blocks)
        fields = {field.name.lower(): field for field in _fields_read(piece)}
        held = {cell: fields.get(piece.cells[cell].column) for cell in cells if cell}
        names = [field.name for field in held.values() if field]
        file = pq.ParquetFile(piece.text, read_dictionary=names)
        table = file.read_row_groups(list(blocks), columns=names, use_threads=False)
        self.words: dict[str, pa.Array] = {"": pa.nulls(1, pa.string())}
        self.codes: dict[str, Codes] = {"": np.zeros(self.n, dtype=np.uint32)}
        for cell, field in held.items():
            if field is not None:
                self.words[cell], self.codes[cell] = _coded(table.column(field.name))
            elif cell:  # the part lacks it
                self.words[cell], self.codes[cell] = self.words[""], self.codes[""]

    def answers(
        self, connection: duckdb.DuckDBPyConnection, view: str, select: str
    ) -> Callable[[str, str], pa.Array]:
        """What becomes of the words: a column of the SELECT, for the words of a cell.

        The engine is given the words of all columns side by side, as if they were records.
        """
        longest = max(map(len, self.words.values()))
        held = {self.piece.cells[cell].column: words for cell, words in self.words.items() if cell}
        columns = {name: _padded(words, longest) for name, words in held.items() if name}
        connection.register("_words", pa.table({**columns, "_row": np.arange(longest)}))
        cells = ", ".join(
            f"{(cell if cell.column in columns else NO_COLUMN).sql} AS {quoted(name)}"
            for name, cell in self.piece.cells.items()
        )
        connection.execute(
            f"CREATE OR REPLACE TEMP VIEW {quoted(view)} AS SELECT {cells}, "
            f"{literal(self.piece.name)} AS _file, _row FROM _words"
        )
        (batch,) = connection.sql(select).to_arrow_reader(longest)
        return lambda column, cell: batch.column(column).slice(0, len(self.words[cell]))


def _padded(words: pa.Array, length: int) -> pa.Array:
    return pa.concat_arrays([words, pa.nulls(length - len(words), words.type)])


def _coded(column: pa.ChunkedArray) -> tuple[pa.Array, Codes]:
    """The words of a column, the last of them no cell if there is such a record; their places."""
    if not pa.types.is_dictionary(column.type):
        column = column.dictionary_encode()
    whole = column.unify_dictionaries().combine_chunks()
    words, places = whole.dictionary, whole.indices
    if places.null_count:
        places = places.fill_null(len(words))
        words = pa.concat_arrays([words, pa.nulls(1, words.type)])
    return words, places.to_numpy(zero_copy_only=False).view(np.uint32)


def _rows(
    declared: Table,
    cells: Mapping[str, str],
    words: _Words,
    answers: Answers,
    numbers: NDArray[np.int64],
) -> pa.RecordBatch:
    """The answers looked up for every record, in the order of buckets."""
    found = {"_bucket": pa.array(np.zeros(words.n, dtype=np.uint16))}
    codes = words.codes
    if "patient_id" in cells:
        told = cells["patient_id"]
        order = np.argsort(answers("_bucket", told).to_numpy().take(codes[told]), kind="stable")
        codes = {cell: own.take(order) for cell, own in codes.items()}
        numbers = numbers.take(order)
        for name in ("_bucket", "_person"):
            found[name] = _looked_up(answers(name, told), codes[told])
    for name, cell in _columns(cells):
        own = answers(name, cell)
        own = own.dictionary_encode() if name in RECODED else own
        found[name] = _looked_up(own, codes[cell])
    found["_file"] = _looked_up(answers("_file", ""), codes[""])
    found["_row"] = pa.array(numbers)
    for mark, names in zip(MARKS, rule_names(declared), strict=True):
        found[mark] = _first_mark(mark, names, cells, codes, answers)
    found["_out_of_scope"] = NO_WORDS.take(pa.nulls(words.n, pa.int32()))
    return pa.RecordBatch.from_pydict(found)


def _columns(cells: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """The columns of the rows, and the cell that tells each."""
    for name, cell in cells.items():
        if name != "patient_id":
            yield name, cell
        if name == "value":
            yield "comparator", cell


def _looked_up(answers: pa.Array, codes: Codes) -> pa.Array:
    """``answers[codes]``; an answer may be none."""
    if pa.types.is_dictionary(answers.type):
        places = _looked_up(answers.indices, codes)
        return pa.DictionaryArray.from_arrays(places, answers.dictionary)
    if pa.types.is_string(answers.type) or pa.types.is_large_string(answers.type):
        return answers.take(pa.array(codes))
    if pa.types.is_date(answers.type):
        return _looked_up(answers.cast(pa.int32()), codes).cast(answers.type)
    found = _numbers(plain_numbers(answers, 0), codes)
    if not answers.null_count:
        return pa.array(found)
    is_there = answers.is_valid().to_numpy(zero_copy_only=False).view(np.uint8)
    return _where(_numbers(is_there, codes), found)


def _numbers(answers: NDArray, codes: Codes) -> NDArray:
    out = np.empty(len(codes), dtype=answers.dtype)
    look_up(answers, codes, out)
    return out


def _where(is_there: NDArray[np.uint8], found: NDArray) -> pa.Array:
    """The numbers ``found``, those that are not there empty; they are lent, not copied."""
    bits = np.packbits(is_there, bitorder="little")
    buffers = [pa.py_buffer(bits), pa.py_buffer(found)]
    return pa.Array.from_buffers(pa.from_numpy_dtype(found.dtype), len(found), buffers)


def _first_mark(
    mark: str,
    names: Sequence[str],
    cells: Mapping[str, str],
    codes: Mapping[str, Codes],
    answers: Answers,
) -> pa.Array:
    """The first rule (or flag), one of ``names``, in the order of columns that a record breaks."""
    if not names:
        return pa.nulls(len(codes[""]), pa.string())
    found = np.full(len(codes[""]), NO_CODE, dtype=np.uint8)
    for name, cell in cells.items():
        given = answers(mark_of(mark, name), cell)
        if given.null_count < len(given):
            own = [NO_CODE if word is None else names.index(word) for word in given.to_pylist()]
            here = _numbers(np.array(own, dtype=np.uint8), codes[cell])
            found = np.where(found == NO_CODE, here, found)
    places = _where((found != NO_CODE).view(np.uint8), found)
    return pa.DictionaryArray.from_arrays(places, pa.array(names, pa.string()))
