"""Records as text, each with the file it came from and its physical record number.

The header is record 1. Numbers are those of the file, also after a record that could not be cut
into cells: DuckDB reports the record number of every broken one, so the numbers of the others
follow from counting.
"""

from __future__ import annotations

import csv
import gzip
import io
from pathlib import Path

import duckdb

from analysis.ingest.files import Found
from data_schema.declarations import SourceFile
from data_schema.refusal import refusal

BROKEN_RULES = {
    "MISSING COLUMNS": "too_few_cells",
    "TOO MANY COLUMNS": "too_many_cells",
    "LINE SIZE OVER MAXIMUM": "record_too_long",
}
LONGEST_RECORD = 1_000_000
READ_BYTES = 1 << 22


def quoted(name: str) -> str:
    """An SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """An SQL string."""
    return "'" + text.replace("'", "''") + "'"


def create_record_view(
    connection: duckdb.DuckDBPyConnection, found: Found, header: tuple[str, ...]
) -> list[tuple[str, int, str]]:
    """Make the view ``<name>`` (text columns, ``_file``, ``_row``) of one declared file.

    Returns the broken records as (file, record number, rule); they are not in the view.
    Raises ``Refusal`` for wrong encoding and for a quote that is never closed.
    """
    broken, parts = [], []
    for number, part in enumerate(found.parts):
        if found.is_parquet:
            parts.append(_parquet_part(part, found, header))
            continue
        table = f"_broken_{found.declared.name}_{number}"
        bad = _broken_records(connection, part, found, header)
        bad = sorted(bad + [(row, "blank_record") for row in blank_records(part, found.declared)])
        broken += [(part.name, row, rule) for row, rule in bad]
        _store_gaps(connection, table, [row for row, _ in bad])
        parts.append(_csv_part(part, found, header, table))
    view = quoted(found.declared.name)
    connection.execute(f"CREATE TEMP VIEW {view} AS {' UNION ALL '.join(parts)}")
    return broken


def _reader(part: Path, found: Found, header: tuple[str, ...], rejects: bool) -> str:
    declared = found.declared
    columns = ", ".join(f"{literal(name)}: 'VARCHAR'" for name in header)
    return (
        f"read_csv({literal(str(part))}, header=false, skip=1, auto_detect=false, "
        f"columns={{{columns}}}, delim={literal(declared.delimiter)}, "
        f"quote={literal(declared.quote)}, escape={literal(declared.quote)}, "
        f"encoding={literal(declared.encoding)}, nullstr='', strict_mode=true, "
        f"max_line_size={LONGEST_RECORD}, "
        + ("store_rejects=true)" if rejects else "ignore_errors=true)")
    )


def _broken_records(
    connection: duckdb.DuckDBPyConnection, part: Path, found: Found, header: tuple[str, ...]
) -> list[tuple[int, str]]:
    """Read once, only to learn which records cannot be cut into cells."""
    try:
        # every column is counted: DuckDB does not look at cells that nobody asks for
        reader = _reader(part, found, header, rejects=True)
        connection.execute(f"SELECT count(COLUMNS(*)) FROM {reader}").fetchall()
        rows = connection.execute(
            "SELECT line, min(error_type::VARCHAR) FROM reject_errors GROUP BY line ORDER BY line"
        ).fetchall()
        connection.execute("DROP TABLE reject_errors")
        connection.execute("DROP TABLE reject_scans")
    except duckdb.Error:
        raise refusal("cannot be read as declared", file=part.name) from None
    for line, error in rows:
        if error == "INVALID ENCODING":
            raise refusal(f"is not {found.declared.encoding}", file=part.name, row=line)
        if error not in BROKEN_RULES:
            raise refusal("a quote is opened and never closed", file=part.name, row=line)
    return [(line, BROKEN_RULES[error]) for line, error in rows]


def _store_gaps(connection: duckdb.DuckDBPyConnection, table: str, rows: list[int]) -> None:
    """For the j-th broken record b_j: after ``b_j - 1 - j`` whole ones, ``j`` are missing."""
    connection.execute(f"CREATE TEMP TABLE {quoted(table)} (after BIGINT, missing BIGINT)")
    gaps = [(0, 0)] + [(row - 1 - j, j) for j, row in enumerate(rows, start=1)]
    last = dict(gaps)
    connection.executemany(f"INSERT INTO {quoted(table)} VALUES (?, ?)", sorted(last.items()))


def _csv_part(part: Path, found: Found, header: tuple[str, ...], gaps: str) -> str:
    numbered = (
        f"SELECT row_number() OVER () AS _whole, * FROM {_reader(part, found, header, False)}"
    )
    cells = ", ".join(_cell(name, found) for name in _wanted(found, header))
    return (
        f"SELECT {cells}, {literal(part.name)} AS _file, _whole + gap.missing + 1 AS _row "
        f"FROM ({numbered}) whole ASOF JOIN {quoted(gaps)} gap ON whole._whole > gap.after"
    )


def _parquet_part(part: Path, found: Found, header: tuple[str, ...]) -> str:
    cells = ", ".join(_cell(name, found) for name in _wanted(found, header))
    return (
        f"SELECT {cells}, {literal(part.name)} AS _file, file_row_number + 1 AS _row "
        f"FROM read_parquet({literal(str(part))}, file_row_number=true)"
    )


def blank_records(part: Path, declared: SourceFile) -> list[int]:
    """Numbers of the records that are blank lines: DuckDB passes over them without counting."""
    if not _has_blank_line(part):
        return []
    with gzip.open(part) if _zipped(part) else part.open("rb") as file:
        text = io.TextIOWrapper(file, declared.encoding, errors="replace", newline="")
        cells = csv.reader(text, delimiter=declared.delimiter, quotechar=declared.quote)
        return [number for number, record in enumerate(cells, start=1) if not record]


def _zipped(part: Path) -> bool:
    return part.suffix == ".gz"


def _has_blank_line(part: Path) -> bool:
    """Whether two line ends follow each other anywhere, looked for a block at a time."""
    tail = b""
    with gzip.open(part) if _zipped(part) else part.open("rb") as file:
        while block := file.read(READ_BYTES):
            text = (tail + block).replace(b"\r", b"").replace(b"\x00", b"")
            if b"\n\n" in text:
                return True
            tail = block[-4:]
    return False


def undeclared(found: Found, header: tuple[str, ...]) -> dict[str, str]:
    """Columns of the file that the source does not read -> their name in the view.

    They are there to be looked at for identifiers; no SELECT of a source can name them by chance.
    """
    declared = found.declared
    known = {name.lower() for name in declared.columns + declared.optional_columns}
    return {name: f"_undeclared_{name}" for name in header if name not in known}


def _wanted(found: Found, header: tuple[str, ...]) -> list[tuple[str, str]]:
    """(name in the view, name in the file or nothing) of each column."""
    declared = found.declared
    known = [
        (name, name.lower() if name.lower() in header else "")
        for name in declared.columns + declared.optional_columns
    ]
    return known + [(shown, name) for name, shown in undeclared(found, header).items()]


def _cell(wanted: tuple[str, str], found: Found) -> str:
    shown, name = wanted
    if not name:
        return f"CAST(NULL AS VARCHAR) AS {quoted(shown)}"
    text = f"trim(CAST({quoted(name)} AS VARCHAR))"
    missing = ", ".join(literal(m) for m in ("", *found.declared.missing))
    return f"CASE WHEN {text} IN ({missing}) THEN NULL ELSE {text} END AS {quoted(shown)}"
