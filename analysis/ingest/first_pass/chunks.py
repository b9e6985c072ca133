"""Tasks of the first pass: a whole table, or a chunk of a large file's records.

A table is cut into chunks where its SELECT is record-wise in one file (``record_wise``), that file
is large and whatever it is joined with is small. A task reads with an engine of its own, stages its
rows and returns its counts, which add up in any order.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import duckdb
import pyarrow as pa

from analysis.ingest.columns.staging import RecordCounts, selected_rows, stage_rows
from analysis.ingest.columns.stopping_rules import StoppingRules
from analysis.ingest.files.file_parts import FilePart, RowRange
from analysis.ingest.first_pass.engine import Engine
from analysis.ingest.sql.permitted_sql import relations_named
from analysis.ingest.sql.quoting import quoted
from analysis.ingest.sql.record_wise import record_wise_in
from analysis.ingest.units.centre_units import Histograms
from data_schema.declarations import Table
from data_schema.refusal import refusal

RECORDS_A_CHUNK = 3 * 2**19
MOST_IN_A_CHUNK = 2**22
OUT_OF_MEMORY = "Out of Memory Error"  # as the engine says it
CHUNKS = 32  # aimed at: each one joins people anew, and a bucket's rows lie in every one


class StageTask(NamedTuple):
    """Rows to stage: ``select`` gives them; ``number`` is that of their ``chunk``, if any."""

    engine: Engine
    declared: Table
    file: str
    select: str
    chunk: RowRange | None
    number: int
    threads: int
    workers: int

    @property
    def folder(self) -> Path:
        return self.engine.work / "rows" / self.declared.name


class Staged(NamedTuple):
    """Counts of a task."""

    records: RecordCounts
    histograms: tuple[Histograms, Histograms]


def stage(task: StageTask) -> Staged:
    """Stage a task's rows. Raises ``Refusal`` at the first record that breaks a rule that stops."""
    name = f"{task.declared.name}{task.number:05d}"
    with closing(task.engine.read(task.threads, task.workers, name)) as connection:
        if task.chunk:
            task.chunk.create_view(connection)
        return stage_table(connection, task)


def stage_table(connection: duckdb.DuckDBPyConnection, task: StageTask) -> Staged:
    """Stage a task's rows by an engine that is open."""
    staged = Staged(RecordCounts(), (Histograms(), Histograms("assay_upper_limit")))
    observers = [StoppingRules(task.declared).observe, staged.records.observe]
    if task.declared.name == "labs":
        observers += [one.observe for one in staged.histograms]
    stage_rows(_rows(connection, task), task.folder, task.number, observers)
    return staged


def _rows(connection: duckdb.DuckDBPyConnection, task: StageTask) -> Iterator[pa.RecordBatch]:
    """A task's rows. Raises ``Refusal`` where they cannot be read, ``MemoryError`` for want of it.

    An error within a stream comes as one of Arrow's, whatever it was in the engine.
    """
    try:
        yield from selected_rows(connection, task.select)
    except (duckdb.Error, pa.ArrowInvalid, OSError) as error:
        if OUT_OF_MEMORY in str(error):
            raise MemoryError from None
        raise refusal("cannot be read as declared", file=task.file) from None


def chunks_of(
    connection: duckdb.DuckDBPyConnection, sql: str, parts: Mapping[str, Sequence[FilePart]]
) -> list[RowRange]:
    """The chunks of a file that a table's SELECT runs on; none where it is to be run whole.

    ``parts``: of each file that the extract holds, by its name.
    """
    cut = record_wise_in(sql)
    named = {name.lower(): name for name in parts}
    records = sum(part.records for part in parts[named[cut]]) if cut in named else 0
    if records <= RECORDS_A_CHUNK:
        return []
    if _records(connection, relations_named(sql) - {cut}) > RECORDS_A_CHUNK:
        return []  # every task would read them again
    size = min(max(RECORDS_A_CHUNK, records // CHUNKS), MOST_IN_A_CHUNK)
    return [
        RowRange(named[cut], part, first, stop)
        for part in parts[named[cut]]
        for first, stop in _cuts(part.ends, size)
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
