"""Published figures, printed beside ours."""

from __future__ import annotations

from data_schema.results import Estimate
from reports.blocks import Column, Table, TableRow
from reports.rows import Rows
from reports.wording import numbers
from reports.wording.labels import upper_first


def table(rows: Rows, question: str) -> Table | None:
    """Published figures beside ours; the claim and the case of onset have their own place."""
    elsewhere = ("claim", "case") if question == "how_soon" else ()
    found = [
        r for r in rows.where(question=question, measure="published") if r.term not in elsewhere
    ]
    if not found:
        return None
    lines = tuple(TableRow((_name(row), _value(row), row.reason)) for row in found)
    columns = (Column("Published figure"), Column("Value"), Column("Source"))
    caption = "Published figures, for comparison"
    return Table(f"published_{question}", caption, columns, lines)


def _name(row: Estimate) -> str:
    return "The case report's claim" if row.term == "claim" else upper_first(row.term)


def _value(row: Estimate) -> str:
    sign = "%" if numbers.is_percent(row) else f" {row.unit}".rstrip()
    inside = numbers.bounds(row)
    if row.estimate is None:
        return f"{inside}{sign}"
    return numbers.estimate(row, sign=False) + sign + (f" ({inside})" if inside else "")
