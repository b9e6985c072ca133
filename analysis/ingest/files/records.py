"""Records as text, each with the file it came from and its physical record number.

Numbers are those that anybody sees who opens the file: the header of CSV and of a workbook is row
1; Parquet and files of statistical packages number their observations from 1. They hold also after
a record that could not be cut into cells: DuckDB reports the record number of every broken one, so
the numbers of the others follow from counting. A CSV file is read once: its whole records are kept
as text in Parquet, in the order of the file, where they have numbers and can be read by many
threads at a time.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from pathlib import Path
from typing import NamedTuple

import duckdb
import pyarrow.parquet as pq

from analysis.ingest.files.file_parts import NO_COLUMN, Cell, FilePart
from analysis.ingest.files.find_files import FoundFile
from analysis.ingest.files.headers import Header, columns_of
from analysis.ingest.files.line_ends import (
    LONGEST_RECORD,
    MOST_BROKEN,
    cut_by_hand,
    too_many_broken,
)
from analysis.ingest.files.line_survey import survey_lines
from analysis.ingest.files.number_text import cell_text
from analysis.ingest.sql.quoting import literal, parquet, quoted
from data_schema.refusal import refusal

BROKEN_RULES = {
    "MISSING COLUMNS": "too_few_cells",
    "TOO MANY COLUMNS": "too_many_cells",
    "LINE SIZE OVER MAXIMUM": "record_too_long",
}
# of a record with several errors the one that leaves its cells uncertain comes first
WORST_ERRORS = f"""
SELECT line, min_by(error, (error IN {tuple(BROKEN_RULES)}, error))
FROM (SELECT line, error_type::VARCHAR AS error FROM reject_errors) GROUP BY line ORDER BY line
"""
NO_CELL = "\ufdd0 none \ufdd1"  # no cell: DuckDB drops one more cell of a record where it is null

Broken = tuple[str, int, str]  # file, record number, rule


class Records(NamedTuple):
    """A file's parts, in their order, and its records that could not be cut into cells."""

    parts: list[FilePart]
    broken: list[Broken]


def cut_records(
    connection: duckdb.DuckDBPyConnection, found: FoundFile, headers: Sequence[Header], folder: Path
) -> Records:
    """The records of one declared file (text columns, ``_file``, ``_row``), and those broken.

    ``headers``: the columns of each part; a column that a part lacks is empty there. The text of
    CSV is kept in ``folder``. Raises ``Refusal`` for wrong encoding and for a quote that is never
    closed.
    """
    broken: list[Broken] = []
    parts = []
    columns = columns_of(headers)
    for number, (part, header) in enumerate(zip(found.parts, headers, strict=True)):
        kinds = parquet_types(connection, part) if found.is_parquet else {}
        text = text_of(found, number, folder)
        bad = []
        if not found.is_parquet:
            bad = _broken_records(connection, part, text, found, header)
        broken += [(part.name, row, rule) for row, rule in bad]
        parts.append(
            FilePart(
                part.name,
                text,
                _cells(found, header, columns, kinds),
                _first_record(found, part),
                _block_ends(text),
                tuple(row for row, _ in bad),
                f"_gaps_{found.declared.name}_{number}",
            )
        )
    return Records(parts, broken)


def _cells(
    found: FoundFile, header: Header, columns: Header, kinds: dict[str, str]
) -> dict[str, Cell]:
    """The cells of a part whose columns are ``header``, by their names in the view."""
    declared = found.declared
    shown = {name: name.lower() for name in declared.columns + declared.optional_columns}
    shown |= {alias: name for name, alias in undeclared(found, columns).items()}
    missing = ", ".join(literal(m) for m in ("", *declared.missing))
    return {
        alias: Cell(name, _cell(cell_text(quoted(name), kinds.get(name, "VARCHAR")), missing))
        if name in header
        else NO_COLUMN
        for alias, name in shown.items()
    }


def _cell(cell: str, missing: str) -> str:
    text = f"trim({cell})"
    return f"CASE WHEN {text} IN ({missing}) THEN NULL ELSE {text} END"


def _first_record(found: FoundFile, part: Path) -> int:
    """The number of a file's first record: where a header is row 1, the row below it, else 1."""
    return 2 if not found.is_parquet or part.suffix.lower() == ".xlsx" else 1


def _block_ends(text: Path) -> tuple[int, ...]:
    about = pq.read_metadata(text)
    groups = map(about.row_group, range(about.num_row_groups))
    return tuple(accumulate(group.num_rows for group in groups))


def text_of(found: FoundFile, number: int, folder: Path) -> Path:
    """The Parquet that holds the whole records of part ``number`` of a file, in order."""
    if found.is_parquet:
        return found.parts[number]
    return folder / f"{found.declared.name}_{number}.parquet"


def _broken_records(
    connection: duckdb.DuckDBPyConnection,
    part: Path,
    text: Path,
    found: FoundFile,
    header: Header,
) -> list[tuple[int, str]]:
    """Keep the whole records of a part of CSV as text; (number, rule) of the others.

    Raises ``Refusal`` where two ways to cut it do not agree on how many there are.
    """
    records: int | None
    lines = survey_lines(part, found.declared)
    if lines.is_odd:
        by_hand = cut_by_hand(part, found.declared, len(header))
        _cut_into_cells(connection, part, text, found, header, by_hand.other_end)
        broken, records = by_hand.broken, by_hand.records
    else:
        broken, records = _cut_into_cells(connection, part, text, found, header), lines.records
    if records is not None and pq.read_metadata(text).num_rows + len(broken) != records - 1:
        raise refusal("where its records end is not certain", file=part.name)
    return broken


def _reader(part: Path, found: FoundFile, header: Header) -> str:
    declared = found.declared
    columns = ", ".join(f"{literal(name)}: 'VARCHAR'" for name in header)
    return (
        f"read_csv({literal(str(part))}, header=false, skip=1, auto_detect=false, "
        f"columns={{{columns}}}, delim={literal(declared.delimiter)}, "
        f"quote={literal(declared.quote)}, escape={literal(declared.quote)}, "
        f"encoding={literal(declared.encoding)}, nullstr={literal(NO_CELL)}, strict_mode=true, "
        f"hive_partitioning=false, max_line_size={LONGEST_RECORD}, store_rejects=true, "
        f"rejects_limit={MOST_BROKEN + 1})"
    )


def _cut_into_cells(
    connection: duckdb.DuckDBPyConnection,
    part: Path,
    text: Path,
    found: FoundFile,
    header: Header,
    other_end: int | None = None,
) -> list[tuple[int, str]]:
    """Keep the whole records as text, in order; (number, rule) of those that are broken.

    ``other_end``: the record from which on lines end in another way, which the engine may not take.
    """
    try:
        connection.execute(
            f"COPY (SELECT * FROM {_reader(part, found, header)}) TO {literal(str(text))} "
            "(FORMAT parquet, COMPRESSION lz4)"
        )
        rows = connection.execute(WORST_ERRORS).fetchall()
        ((errors,),) = connection.execute("SELECT count(*) FROM reject_errors").fetchall()
        connection.execute("DROP TABLE reject_errors")
        connection.execute("DROP TABLE reject_scans")
    except duckdb.Error:
        problem = "lines end in several ways" if other_end else "cannot be read as declared"
        raise refusal(problem, file=part.name, row=other_end) from None
    if errors > MOST_BROKEN:
        raise too_many_broken(part)
    for line, error in rows:
        if error == "INVALID ENCODING":
            raise refusal(f"is not {found.declared.encoding}", file=part.name, row=line)
        if error not in BROKEN_RULES:
            raise refusal("a quote is opened and never closed", file=part.name, row=line)
    return [(line, BROKEN_RULES[error]) for line, error in rows]


def undeclared(found: FoundFile, columns: Header) -> dict[str, str]:
    """Columns of the file that the source does not read -> their name in the view.

    They are there to be checked for identifiers; no SELECT of a source can name them by chance.
    """
    declared = found.declared
    known = {name.lower() for name in declared.columns + declared.optional_columns}
    return {name: f"_undeclared_{name}" for name in columns if name not in known}


def parquet_types(connection: duckdb.DuckDBPyConnection, part: Path) -> dict[str, str]:
    """Column -> its SQL type."""
    about = connection.execute(f"DESCRIBE SELECT * FROM {parquet(part)}")
    return {name.lower(): kind for name, kind, *_ in about.fetchall()}
