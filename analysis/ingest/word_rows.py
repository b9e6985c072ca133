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
from analysis.ingest.pieces import NO_COLUMN, Piece, Stretch
from analysis.ingest.sql_text import literal, quoted
from analysis.ingest.staging import RECODED, selected_rows, staged_select
from analysis.ingest.typed import MARKS, mark_of, rule_names, typed_by_column, typed_names
from analysis.ingest.word_kernels import look_up
from analysis.ingest.word_wise import cells_of_columns
from data_schema.declarations import Table

MOST_ROWS = 2**21  # of a batch
REPEATED = 4  # times or more, on average, that a word is met in a batch; else rows are typed
FEW_WORDS = 2**10  # that may be there however few records they are of
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
        and all(_kind(field.type) in KINDS for field in _fields_read(piece))
        for piece in pieces.values()
    )


def _fields_read(piece: Piece) -> Iterator[pa.Field]:
    columns = {cell.column for cell in piece.cells.values()}
    return (field for field in pq.read_schema(piece.text) if field.name.lower() in columns)


def _kind(held: pa.DataType) -> pa.DataType:
    return held.value_type if pa.types.is_dictionary(held) else held


def rows_by_words(
    connection: duckdb.DuckDBPyConnection,
    stretch: Stretch,
    declared: Table,
    asked: WordSelect,
    by_rows: str,
) -> Iterator[pa.RecordBatch]:
    """The rows of a stretch of records as the SELECT ``by_rows`` gives them, but in the order of
    buckets within a batch. A stretch begins and ends where blocks of the text do.

    Where words do not repeat, that SELECT is run.
    """
    cells = sorted({cell for cell in asked.cells.values() if cell})
    for blocks, some in _batches(stretch):
        words = words_of(some, blocks, cells)
        if words is None:
            some.create_view(connection)
            yield from selected_rows(connection, by_rows)
        else:
            yield _rows(declared, asked.cells, words, words.answers(connection, asked.select))


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


class Words(NamedTuple):
    """The different cells of some records by column, and for each record the place of its own.

    '' stands for a column that is the same in every record.
    """

    of: Stretch
    words: Mapping[str, pa.Array]
    codes: Mapping[str, Codes]

    def answers(self, connection: duckdb.DuckDBPyConnection, select: str) -> Answers:
        """What becomes of the words: a column of the SELECT, for the words of a cell.

        The engine is given the words of all columns side by side, as if they were records.
        """
        piece = self.of.piece
        longest = max(map(len, self.words.values()))
        held = {piece.cells[cell].column: words for cell, words in self.words.items() if cell}
        columns = {name: _padded(words, longest) for name, words in held.items() if name}
        connection.register("_words", pa.table({**columns, "_row": np.arange(longest)}))
        cells = ", ".join(
            f"{(cell if cell.column in columns else NO_COLUMN).sql} AS {quoted(name)}"
            for name, cell in piece.cells.items()
        )
        connection.execute(
            f"CREATE OR REPLACE TEMP VIEW {quoted(self.of.view)} AS SELECT {cells}, "
            f"{literal(piece.name)} AS _file, _row FROM _words"
        )
        (batch,) = connection.sql(select).to_arrow_reader(longest)
        return lambda column, cell: batch.column(column).slice(0, len(self.words[cell]))


def words_of(some: Stretch, blocks: Sequence[int], cells: Sequence[str]) -> Words | None:
    """The words of ``cells`` in some whole blocks; none where those of a cell do not repeat."""
    piece, n = some.piece, some.stop - some.first
    fields = {field.name.lower(): field.name for field in _fields_read(piece)}
    held = {cell: fields.get(piece.cells[cell].column, "") for cell in cells}
    file = pq.ParquetFile(piece.text, read_dictionary=[name for name in held.values() if name])
    words: dict[str, pa.Array] = {"": pa.nulls(1, pa.string())}
    codes: dict[str, Codes] = {"": np.zeros(n, dtype=np.uint32)}
    for cell, name in held.items():
        if name:
            column = file.read_row_groups(list(blocks), columns=[name], use_threads=False).column(0)
            words[cell], codes[cell] = _coded(column)
        else:  # the part lacks it
            words[cell], codes[cell] = words[""], codes[""]
        if len(words[cell]) > max(n // REPEATED, FEW_WORDS):
            return None
    return Words(some, words, codes)


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
    declared: Table, cells: Mapping[str, str], words: Words, answers: Answers
) -> pa.RecordBatch:
    """The answers looked up for every record, in the order of buckets."""
    _, piece, first, stop = words.of
    codes, numbers = words.codes, piece.numbers(first, stop)
    found = {"_bucket": pa.array(np.zeros(stop - first, dtype=np.uint16))}
    if "patient_id" in cells:
        told = cells["patient_id"]
        order = np.argsort(answers("_bucket", told).to_numpy().take(codes[told]), kind="stable")
        codes = {cell: own.take(order) for cell, own in codes.items()}
        numbers = numbers.take(order)
        for name in ("_bucket", "_person"):
            found[name] = _looked_up(answers(name, told), codes[told])
    for column in declared.columns:
        cell = cells[column.name]
        for name in typed_names([column]) if column.name != "patient_id" else ():
            own = answers(name, cell)
            own = own.dictionary_encode() if name in RECODED else own
            found[name] = _looked_up(own, codes[cell])
    found["_file"] = _looked_up(answers("_file", ""), codes[""])
    found["_row"] = pa.array(numbers)
    for mark, names in zip(MARKS, rule_names(declared), strict=True):
        found[mark] = _first_mark(mark, names, cells, codes, answers)
    found["_out_of_scope"] = NO_WORDS.take(pa.nulls(stop - first, pa.int32()))
    return pa.RecordBatch.from_pydict(found)


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
