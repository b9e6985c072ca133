"""The released rows as a CSV file that opens the same everywhere."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

from data_schema.results import RELEASED_COLUMNS, Estimate

COUNTS = ("numerator", "denominator", "time", "x")


def csv_of(rows: Sequence[Estimate], significant_digits: int) -> str:
    """One line a row; whole counts in full, other numbers to ``significant_digits``."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(RELEASED_COLUMNS)
    for row in rows:
        cells = ((getattr(row, name), name) for name in RELEASED_COLUMNS)
        writer.writerow([_cell(value, name, significant_digits) for value, name in cells])
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
