"""Typed tables as Parquet, in buckets of whole patients.

A patient's bucket is the first 16 bits of the SHA-256 of the id, modulo the number of buckets: a
rule that any engine and any year computes alike.
"""

from __future__ import annotations

from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from analysis import store
from analysis.ingest.sql.quoting import literal, quoted

BYTES_PER_BUCKET = 128 * 1024 * 1024
SWOLLEN = 8  # bytes of text a byte of a file that is compressed
SHORTEST_ROW = 64  # bytes of text that a row of Parquet stands for, at least: 2**21 rows a bucket
MANY, MOST_BUCKETS = 8, 4096


def number_of_buckets(parts: list[Path]) -> int:
    """A power of two that keeps a bucket near 128 MB of text, or 256 MB from ``MANY`` buckets on.

    CSV is text; every other file is counted eightfold. That is too little for Parquet of cells that
    repeat, which may hold a million rows in a kilobyte: all rows that Parquet says it has are
    counted as ``SHORTEST_ROW`` bytes each, too, and the larger of the two sums is taken. A file of
    laboratory values has 14 bytes a row, eightfold 112, so bytes decide but for less than 8 a row.
    """
    size = sum(p.stat().st_size * (1 if p.suffix == ".csv" else SWOLLEN) for p in parts)
    size = max(size, SHORTEST_ROW * sum(map(_rows_of_parquet, parts)))
    buckets = 1
    while buckets * _room(buckets) < size and buckets < MOST_BUCKETS:
        buckets *= 2
    return buckets


def _room(buckets: int) -> int:
    """With enough of them for several processors, what each costs by itself outweighs more."""
    return BYTES_PER_BUCKET * (2 if buckets >= MANY else 1)


def _rows_of_parquet(part: Path) -> int:
    """None of another file; of one that is not whole, either, which ``headers`` refuses."""
    if part.suffix.lower() != ".parquet":
        return 0
    try:
        return pq.read_metadata(part).num_rows
    except (OSError, pa.ArrowException):
        return 0


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
