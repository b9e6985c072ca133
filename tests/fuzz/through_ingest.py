"""Dirty files through the ingest: many by one connection, or one as part of a whole extract."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import duckdb
from clean_files import DATA_END
from reference_reader import Read, read_reference

from analysis.ingest.columns.column_types import typed_select
from analysis.ingest.files.file_parts import create_record_view
from analysis.ingest.files.find_files import find_files
from analysis.ingest.files.headers import read_headers
from analysis.ingest.files.records import cut_records
from analysis.ingest.identifiers.check import refuse_identifiers
from analysis.ingest.sql.run_selects import selected_relation
from data_schema.declarations import Source, SourceFile, select_statements, source, table
from data_schema.refusal import Refusal

SELECTS = select_statements("native")


def form_of_one(name: str) -> Source:
    """The native form as if it had this file only."""
    whole = source("native")
    return whole.model_copy(update={"files": tuple(f for f in whole.files if f.name == name)})


def declared_file(name: str) -> SourceFile:
    return form_of_one(name).files[0]


@contextmanager
def engine() -> Iterator[duckdb.DuckDBPyConnection]:
    connection = duckdb.connect()
    connection.execute("SET threads=1")
    connection.execute("SET preserve_insertion_order=true")
    connection.execute("SET python_enable_replacements=false")
    try:
        yield connection
    finally:
        connection.close()


def typed_rows(
    connection: duckdb.DuckDBPyConnection, folder: Path, name: str
) -> tuple[list[dict], list[tuple[str, int, str]]]:
    """The typed rows of the one file in ``folder``, and its broken records. Raises ``Refusal``."""
    found = find_files(folder / "extract", form_of_one(name))[name]
    headers = read_headers(found)
    text = folder / "text"
    text.mkdir()
    parts, broken = cut_records(connection, found, headers, text)
    create_record_view(connection, name, parts)
    refuse_identifiers(connection, found, headers, text)
    selected = selected_relation(connection, table(name), SELECTS[name])
    rows = connection.execute(typed_select(table(name), selected, DATA_END.isoformat()))
    names = [column[0] for column in rows.description]
    return [dict(zip(names, row, strict=True)) for row in rows.fetchall()], broken


def forget(connection: duckdb.DuckDBPyConnection) -> None:
    """Drop every view and table of the file before."""
    for kind in ("view", "table"):
        made = connection.execute(
            f"SELECT {kind}_name FROM duckdb_{kind}s() WHERE NOT internal"
        ).fetchall()
        for (name,) in made:
            connection.execute(f'DROP {kind.upper()} IF EXISTS "{name}"')


def differences(
    connection: duckdb.DuckDBPyConnection, folder: Path, name: str, file: str, content: bytes
) -> tuple[str, list[str]]:
    """('refused' or 'read', what the ingest changed silently) of one file's bytes."""
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "extract").mkdir(parents=True)
    (folder / "extract" / file).write_bytes(content)
    expected = read_reference(file, content, declared_file(name), DATA_END)
    try:
        rows, broken = typed_rows(connection, folder, name)
    except Refusal as refusal:
        return "refused", of_refusal(str(refusal))
    finally:
        forget(connection)
    return "read", compared(expected, rows, [number for _, number, _ in broken])


def of_refusal(line: str) -> list[str]:
    if "\n" in line or "yxom" in line:
        return ["the refusal is not one line without cell contents"]
    return []


def compared(expected: Read, rows: list[dict], broken: list[int]) -> list[str]:
    """What differs between the reference and the ingest, record by record."""
    if expected.refused:
        return [f"was read, but {expected.refused}"]
    numbers = sorted([row["_row"] for row in rows] + broken)
    if numbers != list(range(2, expected.records + 1)):
        return [f"records {numbers} of {expected.records}"]
    found = [f"record {n} was not cut, but can be" for n in broken if n in expected.sound]
    for row in rows:
        found += _of_record(expected, row)
    return found


def _of_record(expected: Read, row: dict) -> list[str]:
    number, rule = row["_row"], row["_rule"]
    sound = expected.sound.get(number)
    if sound is None:
        return [] if rule else [f"record {number} is used, but {expected.broken[number]}"]
    if rule:
        return [f"record {number} is rejected as {rule}, but sound"]
    found = []
    if sound["_flagged"] and not row["_flag"]:
        found = [f"record {number} has no flag"]
    return found + [
        f"record {number}, {name}: {row[name]!r}, not {value!r}"
        for name, value in sound.items()
        if name != "_flagged" and not same(row[name], value)
    ]


def same(used: object, value: object) -> bool:
    if isinstance(value, date) and used is not None:
        return str(used) == value.isoformat()
    return used == value
