"""Typed tables as Parquet, in buckets of whole patients.

A patient's bucket is the first 16 bits of the SHA-256 of the id, modulo the number of buckets: a
rule that any engine and any year computes alike.
"""

from __future__ import annotations

from pathlib import Path

import duckdb

from analysis import store
from analysis.ingest.records import literal

BYTES_PER_BUCKET = 64 * 1024 * 1024
MOST_BUCKETS = 4096
ORDER = {
    "patients": "patient_id",
    "modality_spells": "patient_id, start_date, _file, _row",
    "labs": "patient_id, sample_date, analyte, _file, _row",
    "diagnoses": 'patient_id, "date", _file, _row',
    "procedures": 'patient_id, "date", _file, _row',
    "drugs": "patient_id, start_date, _file, _row",
    "assessments": 'patient_id, "date", _file, _row',
    "coverage": "patient_id, domain, start_date, _file, _row",
    "centres": "centre_id",
}


def number_of_buckets(parts: list[Path]) -> int:
    """A power of two that keeps a bucket near 64 MB of text (gzip counted eightfold)."""
    size = sum(p.stat().st_size * (1 if p.suffix == ".csv" else 8) for p in parts)
    buckets = 1
    while buckets * BYTES_PER_BUCKET < size and buckets < MOST_BUCKETS:
        buckets *= 2
    return buckets


def write_buckets(
    connection: duckdb.DuckDBPyConnection,
    name: str,
    checked: str,
    columns: str,
    folder: Path,
    buckets: int,
) -> None:
    """``<folder>/<table>/<bucket>.parquet``: the used rows, in the order of ``ORDER``."""
    where = "_rule IS NULL AND _out_of_scope IS NULL"
    target = store.private_folder(store.inside(folder, name))
    if name == "centres":
        _copy(
            connection,
            f"SELECT {columns} FROM {checked} WHERE {where}",
            name,
            target / "0000.parquet",
        )
        return
    bucket = f"CAST('0x' || left(sha256(patient_id), 4) AS INTEGER) % {buckets}"
    for number in range(buckets):
        rows = f"SELECT {columns} FROM {checked} WHERE {where} AND {bucket} = {number}"
        _copy(connection, rows, name, target / f"{number:04d}.parquet")


def _copy(connection: duckdb.DuckDBPyConnection, rows: str, name: str, path: Path) -> None:
    connection.execute(
        f"COPY ({rows} ORDER BY {ORDER[name]}) TO {literal(str(path))} "
        "(FORMAT parquet, COMPRESSION zstd)"
    )
