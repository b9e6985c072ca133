"""The released rows as a CSV file that opens the same everywhere."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import asdict

from data_schema.results import COLUMNS, Estimate

COUNTS = ("numerator", "denominator", "time", "x")


def csv_of(rows: Sequence[Estimate], significant_digits: int) -> str:
    """One line a row; whole counts in full, other numbers to ``significant_digits``."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for row in rows:
        record = {"id": row.id, **asdict(row)}
        writer.writerow([_cell(record[name], name, significant_digits) for name in COLUMNS])
    return text.getvalue()


def _cell(value: str | float | None, name: str, digits: int) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        # A spreadsheet runs a cell that starts like a formula.
        return f"'{value}" if value[:1] in ("=", "+", "-", "@", "\t", "\r") else value
    if float(value).is_integer() and (name in COUNTS or abs(value) >= 10**digits):
        return str(int(value))
    return f"{value:.{digits}g}"
