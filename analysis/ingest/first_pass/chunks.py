"""The first pass as tasks that run side by side: a whole table, or some records of a large one.

A table is cut where its SELECT is record-wise in one file (``record_wise``), that file is large and
whatever it is joined with is small. A task reads with an engine of its own, stages its rows and
hands back what it counted, which adds up in any order.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import duckdb
import pyarrow as pa

from analysis.ingest.columns.encoded_rows import CodedRows
from analysis.ingest.columns.rows_by_value import WordSelect, rows_by_words
from analysis.ingest.columns.staging import Seen, selected_rows, stage_rows
from analysis.ingest.columns.stopping_rules import RowStops
from analysis.ingest.files.file_parts import Piece, Stretch
from analysis.ingest.first_pass.engine import Engine
from analysis.ingest.sql.permitted_sql import relations_named
from analysis.ingest.sql.quoting import quoted
from analysis.ingest.sql.record_wise import record_wise_in
from analysis.ingest.units.centre_units import Histograms
from data_schema.declarations import Table
from data_schema.refusal import refusal

RECORDS_A_SLICE = 3 * 2**19
MOST_IN_A_SLICE = 2**22
OUT_OF_MEMORY = "Out of Memory Error"  # as the engine says it
SLICES = 32  # aimed at: each one looks up people anew, and a bucket's rows lie in every one


class StageTask(NamedTuple):
    """Rows to stage: ``select`` gives them, ``narrowed`` some of a file only; ``number`` of it.

    ``by_words``: the SELECT of what becomes of the words of its cells, where these tell the rows.
    """

    engine: Engine
    declared: Table
    file: str
    select: str
    narrowed: Stretch | None
    number: int
    threads: int
    workers: int
    by_words: WordSelect | None = None

    @property
    def folder(self) -> Path:
        return self.engine.work / "rows" / self.declared.name


class Staged(NamedTuple):
    """What a task counted."""

    seen: Seen
    histograms: tuple[Histograms, Histograms]


def stage(task: StageTask) -> Staged:
    """Stage a task's rows. Raises ``Refusal`` at the first record that breaks a rule that stops."""
    name = f"{task.declared.name}{task.number:05d}"
    with closing(task.engine.read(task.threads, task.workers, name)) as connection:
        if task.narrowed:
            task.narrowed.create_view(connection)
        return stage_table(connection, task)


def stage_table(connection: duckdb.DuckDBPyConnection, task: StageTask) -> Staged:
    """Stage a task's rows by an engine that is open."""
    staged = Staged(Seen(), (Histograms(), Histograms("assay_upper_limit")))
    watch = [RowStops(task.declared).watch, staged.seen.watch]
    if task.declared.name == "labs":
        watch += [one.watch for one in staged.histograms]
    stage_rows(_rows(connection, task), task.folder, task.number, watch)
    return staged


def _rows(
    connection: duckdb.DuckDBPyConnection, task: StageTask
) -> Iterator[pa.RecordBatch | CodedRows]:
    """A task's rows. Raises ``Refusal`` where they cannot be read, ``MemoryError`` for want of it.

    An error within a stream comes as one of Arrow's, whatever it was in the engine.
    """
    try:
        if task.narrowed and task.by_words:
            yield from rows_by_words(
                connection, task.narrowed, task.declared, task.by_words, task.select
            )
        else:
            yield from selected_rows(connection, task.select)
    except (duckdb.Error, pa.ArrowInvalid, OSError) as error:
        if OUT_OF_MEMORY in str(error):
            raise MemoryError from None
        raise refusal("cannot be read as declared", file=task.file) from None


def narrowed_views(
    connection: duckdb.DuckDBPyConnection, sql: str, pieces: Mapping[str, Sequence[Piece]]
) -> list[Stretch]:
    """The views that cut a table's SELECT into tasks; none where it is to be run whole.

    ``pieces``: of each file that the extract holds, by its name.
    """
    cut = record_wise_in(sql)
    named = {name.lower(): name for name in pieces}
    records = sum(piece.records for piece in pieces[named[cut]]) if cut in named else 0
    if records <= RECORDS_A_SLICE:
        return []
    if _records(connection, relations_named(sql) - {cut}) > RECORDS_A_SLICE:
        return []  # every task would read them again
    size = min(max(RECORDS_A_SLICE, records // SLICES), MOST_IN_A_SLICE)
    return [
        Stretch(named[cut], piece, first, stop)
        for piece in pieces[named[cut]]
        for first, stop in _cuts(piece.ends, size)
    ]


def _records(connection: duckdb.DuckDBPyConnection, relations: frozenset[str]) -> int:
    counts = (
        connection.execute(f"SELECT count(*) FROM {quoted(name)}").fetchone()
        for name in sorted(relations)
    )
    return sum(row[0] for row in counts if row)


def _cuts(ends: Sequence[int], size: int) -> Iterator[tuple[int, int]]:
    """Ranges of about ``size`` records that end where blocks of the file do, if these are small."""
    first = 0
    for place, end in enumerate(ends):
        while end - first > 2 * size:
            yield first, first + size
            first += size
        if end > first and (end - first >= size or place == len(ends) - 1):
            yield first, end
            first = end
