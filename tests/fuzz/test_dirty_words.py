"""Rows typed by the words of their cells are those that the engine types one by one."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest
from clean_files import DATA_END
from damages import dirty_file
from through_ingest import SELECTS, engine, forget, form_of_one

from analysis.ingest.columns.column_types import typed_select
from analysis.ingest.columns.encoded_rows import CodedRows
from analysis.ingest.columns.rows_by_value import has_words, rows_by_words, word_select
from analysis.ingest.columns.staging import selected_rows, stage_rows, staged_rows, staged_select
from analysis.ingest.files.file_parts import Piece, Stretch, create_record_view
from analysis.ingest.files.find_files import find_files
from analysis.ingest.files.headers import read_headers
from analysis.ingest.files.records import cut_records
from analysis.ingest.sql.run_selects import selected_relation
from data_schema.declarations import table
from data_schema.refusal import Refusal

IN_TEST = 250
NIGHTLY = 5_000
BUCKETS = 3  # of the people known


def pieces_of(connection: duckdb.DuckDBPyConnection, folder: Path, name: str) -> list[Piece]:
    """The view of a dirty file, and every second of its people known. Raises ``Refusal``."""
    found = find_files(folder / "extract", form_of_one(name))[name]
    (folder / "text").mkdir()
    pieces, _ = cut_records(connection, found, read_headers(found), folder / "text")
    create_record_view(connection, name, pieces)
    connection.execute(
        "CREATE TABLE _people AS SELECT patient_id, n % 3 AS _bucket, n::INTEGER AS _person FROM "
        f"(SELECT patient_id, row_number() OVER (ORDER BY patient_id) AS n FROM {name} "
        "WHERE patient_id IS NOT NULL GROUP BY 1) WHERE n % 2 = 0"
    )
    return pieces


def as_words(rows: pa.Table) -> pa.Table:
    """In the order of records, with words for codes, and of columns by their names.

    Days are numbers: some are beyond what Python calls a date.
    """
    plain = {}
    for name, column in sorted(zip(rows.column_names, rows.columns, strict=True)):
        kind = pa.string() if pa.types.is_dictionary(column.type) else column.type
        plain[name] = column.cast(pa.int32() if pa.types.is_date(kind) else kind)
    return pa.table(plain).sort_by("_row").combine_chunks()


def staged(rows: Iterable[pa.RecordBatch | CodedRows], folder: Path) -> list[pa.Table]:
    """Rows as they come back from where they were staged, bucket by bucket."""
    stage_rows(rows, folder, 0, [])
    return [as_words(staged_rows(folder, number)) for number in range(BUCKETS)]


def both_ways(folder: Path, seed: int) -> int | None:
    """Compare; how many rows there are, none where the file is refused or has no words."""
    clean, file, content, _ = dirty_file(seed)
    declared, sql, end = table(clean.table), SELECTS[clean.table], DATA_END.isoformat()
    asked = word_select(declared, sql, [file])
    if asked is None:
        return None
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "extract").mkdir(parents=True)
    (folder / "extract" / file).write_bytes(content)
    with engine() as connection:
        try:
            pieces = pieces_of(connection, folder, declared.name)
            selected = selected_relation(connection, declared, sql)
        except Refusal:
            return None
        name = declared.name
        stretches = [Stretch(name, piece, 0, piece.records) for piece in pieces if piece.records]
        if not stretches or not has_words(stretches, asked):
            return None
        typed = f"({typed_select(declared, selected, end)})"
        rows = staged_select(declared, typed, [file])
        (stretch,) = stretches
        by_words = rows_by_words(connection, stretch, declared, asked, rows)
        expected = staged(selected_rows(connection, rows), folder / "rows")
        found = staged(by_words, folder / "words")
        forget(connection)
    assert [own.schema for own in found] == [own.schema for own in expected]
    # as text: a limit of NaN, which is rejected, equals none
    assert [str(own.to_pydict()) for own in found] == [str(own.to_pydict()) for own in expected], (
        seed
    )
    return sum(map(len, expected))


def compared(seeds: range, folder: Path) -> tuple[int, int]:
    """Files that were compared, and their rows."""
    found = [n for n in (both_ways(folder, seed) for seed in seeds) if n is not None]
    return len(found), sum(found)


def test_dirty_cells_become_the_same_by_words_and_by_rows(tmp_path: Path) -> None:
    files, rows = compared(range(IN_TEST), tmp_path / "one")
    assert files > 0.1 * IN_TEST
    assert rows > 5 * files


@pytest.mark.nightly
def test_dirty_cells_become_the_same_by_words_and_by_rows_at_night(tmp_path: Path) -> None:
    files, _ = compared(range(IN_TEST, NIGHTLY), tmp_path / "one")
    assert files > 0.1 * NIGHTLY
