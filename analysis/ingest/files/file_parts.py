"""A part of a holder's file, whose records lie as text in Parquet, in the order of the file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import duckdb
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from analysis.ingest.sql.quoting import NUMBERED, literal, parquet, quoted

GAP_BLOCK = 1024  # whole records that share one row of the table of gaps


class Cell(NamedTuple):
    """A cell of the view of a file: the column of the text that it is in, and its SQL."""

    column: str
    sql: str


NO_COLUMN = Cell("", "CAST(NULL AS VARCHAR)")  # the part lacks it


class FilePart(NamedTuple):
    """A part of a file by its ``name``; its whole records are the rows of ``text``.

    ``cells`` by their names in the view; ``first``: the number of the part's first record;
    ``ends``: where the blocks of the text end, in records; ``broken``: numbers of the records that
    could not be cut into cells and so are not there; ``gaps``: the table from which the engine
    numbers the others, if any is broken.
    """

    name: str
    text: Path
    cells: Mapping[str, Cell]
    first: int
    ends: tuple[int, ...]
    broken: tuple[int, ...] = ()
    gaps: str = ""

    @property
    def records(self) -> int:
        """How many whole ones there are."""
        return self.ends[-1] if self.ends else 0

    @property
    def select(self) -> str:
        """SELECT of the whole records: their cells, ``_file`` and ``_row``."""
        cells = ", ".join(f"{cell.sql} AS {quoted(name)}" for name, cell in self.cells.items())
        select = (
            f"SELECT {cells}, {literal(self.name)} AS _file, {self._number} AS _row "
            f"FROM {parquet(self.text, NUMBERED)}"
        )
        if not self.broken:
            return select
        block = f"file_row_number // {GAP_BLOCK} = gap.block"
        return f"{select} LEFT JOIN {quoted(self.gaps)} gap ON {block}"

    def select_range(self, first: int, stop: int) -> str:
        """SELECT of the records from ``first`` up to ``stop``, counted from 0 in the text."""
        return f"{self.select} WHERE file_row_number >= {first} AND file_row_number < {stop}"

    @property
    def _number(self) -> str:
        """SQL of a record's number."""
        if not self.broken:
            return f"file_row_number + {self.first}"
        inside = "list_filter(gap.inside, lambda jump: jump <= file_row_number)"
        return (
            f"file_row_number + {self.first} + coalesce(gap.before + CASE WHEN len(gap.inside) = 0 "
            f"THEN 0 ELSE len({inside}) END, {len(self.broken)})"
        )


class RowRange(NamedTuple):
    """Records of a part of a file, from ``first`` up to ``stop``, counted from 0 in its text;
    ``view``: the name that SELECTs read them by."""

    view: str
    part: FilePart
    first: int
    stop: int

    def create_view(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Let the view hold these records, for this connection alone."""
        select = self.part.select_range(self.first, self.stop)
        connection.execute(f"CREATE OR REPLACE TEMP VIEW {quoted(self.view)} AS {select}")


def create_record_view(
    connection: duckdb.DuckDBPyConnection, name: str, parts: Sequence[FilePart]
) -> None:
    """Make the view ``name`` of a file's records, those that could be cut into cells."""
    for part in parts:
        if part.broken:
            connection.register("_gaps", gap_blocks(part.broken))
            connection.execute(f"CREATE TABLE {quoted(part.gaps)} AS SELECT * FROM _gaps")
            connection.unregister("_gaps")
    whole = " UNION ALL ".join(part.select for part in parts)
    connection.execute(f"CREATE VIEW {quoted(name)} AS {whole}")


def _jumps(broken: Sequence[int]) -> NDArray[np.int64]:
    """Where record numbers jump, counted from 0 among the whole records of a file of CSV.

    Of the j-th broken record b_j (j from 0) the whole record that follows is b_j - 2 - j.
    """
    return np.asarray(broken, dtype=np.int64) - 2 - np.arange(len(broken))


def gap_blocks(broken: Sequence[int]) -> pa.Table:
    """Where record numbers jump, for blocks of ``GAP_BLOCK`` whole records up to the last jump.

    ``before``: jumps before the block; ``inside``: those within it. Records after the last block
    follow all of them.
    """
    at = _jumps(broken)
    blocks = np.arange(at[-1] // GAP_BLOCK + 1)
    ends = np.searchsorted(at, np.append(blocks, len(blocks)) * GAP_BLOCK)
    inside = pa.ListArray.from_arrays(ends.astype(np.int32), at[: ends[-1]])
    return pa.table({"block": blocks, "before": ends[:-1], "inside": inside})
