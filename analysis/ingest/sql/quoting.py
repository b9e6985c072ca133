"""Quotes names, texts and file paths for SQL."""

from __future__ import annotations

from pathlib import Path

NUMBERED = ", file_row_number=true"


def quoted(name: str) -> str:
    """An SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """An SQL string."""
    return "'" + text.replace("'", "''") + "'"


def parquet(path: Path | str, more: str = "") -> str:
    """SQL of Parquet as it stands: a folder ``centre_id=ZZ`` in its path is none of its columns."""
    return f"read_parquet({literal(str(path))}, hive_partitioning=false{more})"
