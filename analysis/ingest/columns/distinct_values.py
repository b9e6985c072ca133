"""The different words in the cells of a file, read as such, and what the engine makes of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from analysis.ingest.files.file_parts import NO_COLUMN, Piece, Stretch
from analysis.ingest.sql.quoting import literal, quoted

REPEATED = 4  # times or more, on average, that a word is met in a batch; else rows are typed
FEW_WORDS = 2**10  # that may be there however few records they are of


def fields_read(piece: Piece) -> Iterator[pa.Field]:
    """The columns of the text that the cells of a file are in."""
    columns = {cell.column for cell in piece.cells.values()}
    return (field for field in pq.read_schema(piece.text) if field.name.lower() in columns)


class Words(NamedTuple):
    """The different cells of some records by column, and for each record the place of its own.

    '' stands for a column that is the same in every record.
    """

    of: Stretch
    words: Mapping[str, pa.Array]
    codes: Mapping[str, NDArray[np.uint32]]

    def answers(self, connection: duckdb.DuckDBPyConnection, select: str) -> pa.RecordBatch:
        """What becomes of the words: for each cell in as many rows, from the first, as it has.

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
        return batch


def words_of(some: Stretch, blocks: Sequence[int], cells: Sequence[str]) -> Words | None:
    """The words of ``cells`` in some whole blocks; none where those of a cell do not repeat."""
    piece, n = some.piece, some.stop - some.first
    fields = {field.name.lower(): field.name for field in fields_read(piece)}
    held = {cell: fields.get(piece.cells[cell].column, "") for cell in cells}
    file = pq.ParquetFile(piece.text, read_dictionary=[name for name in held.values() if name])
    words: dict[str, pa.Array] = {"": pa.nulls(1, pa.string())}
    codes: dict[str, NDArray[np.uint32]] = {"": np.zeros(n, dtype=np.uint32)}
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


def _coded(column: pa.ChunkedArray) -> tuple[pa.Array, NDArray[np.uint32]]:
    """The words of a column, the last of them no cell if there is such a record; their places."""
    if not pa.types.is_dictionary(column.type):
        column = column.dictionary_encode()
    whole = column.unify_dictionaries().combine_chunks()
    words, places = whole.dictionary, whole.indices
    if places.null_count:
        places = places.fill_null(len(words))
        words = pa.concat_arrays([words, pa.nulls(1, words.type)])
    return words, places.to_numpy(zero_copy_only=False).view(np.uint32)
