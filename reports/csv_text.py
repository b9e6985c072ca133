"""A table as CSV, with the digits the page shows."""

from __future__ import annotations

import csv
from io import StringIO

from reports.blocks import Table
from reports.wording.numbers import MINUS

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def csv_text(table: Table) -> str:
    """One header line, then the rows; a text that would run as a formula is quoted."""
    out = StringIO()
    writer = csv.writer(out, lineterminator="\n")
    heads = (f"{c.head} ({c.unit})" if c.unit else c.head for c in table.columns)
    writer.writerow(_safe(head) for head in heads)
    for row in table.rows:
        writer.writerow(_safe(cell) for cell in row.cells)
    return out.getvalue()


def _safe(text: str) -> str:
    number = text.replace(MINUS, "-").replace(",", "")
    try:
        float(number)
    except ValueError:
        return f"'{text}" if text.startswith(FORMULA_STARTS) else text
    return number
