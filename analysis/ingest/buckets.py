"""Typed tables as Parquet, in buckets of whole patients.

A patient's bucket is the first 16 bits of the SHA-256 of the id, modulo the number of buckets: a
rule that any engine and any year computes alike.
"""

from __future__ import annotations

from pathlib import Path

import duckdb

from analysis import store
from analysis.ingest.records import literal, quoted

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


def bucket_of(patient_id: str, buckets: int) -> str:
    """SQL of the bucket of an id; an absent id is in the first one, to be rejected there."""
    digest = f"CAST('0x' || left(sha256({patient_id}), 4) AS INTEGER) % {buckets}"
    return f"coalesce({digest}, 0)"


def bucket_file(number: int) -> str:
    return f"{number:04d}.parquet"


def write_rejects(rejected: list[Path], out: Path) -> None:
    """The rejects of all buckets as one table, ``rejects.parquet`` and ``rejects.csv``."""
    files = ", ".join(literal(str(path)) for path in rejected)
    columns = ", ".join(quoted(c) for c in ("file", "row", "column", "rule"))
    rows = (
        f"SELECT {columns} FROM read_parquet([{files}], hive_partitioning=false) "
        "ORDER BY place, broken, file, row, rule"
    )
    with duckdb.connect() as connection:
        connection.execute("SET threads=1")
        connection.execute(f"SET temp_directory={literal(str(out / store.WORK / 'spill'))}")
        for name, options in (
            ("rejects.parquet", "FORMAT parquet, COMPRESSION zstd"),
            ("rejects.csv", "FORMAT csv, HEADER"),
        ):
            connection.execute(f"COPY ({rows}) TO {literal(str(out / name))} ({options})")
