"""Attrition, step by step."""

from __future__ import annotations

from data_schema.results import Estimate
from reports.blocks import Column, Table, TableRow
from reports.figures.flow import step_name, steps
from reports.metadata import Metadata
from reports.rows import Rows
from reports.tables.cells import Footnotes
from reports.wording import numbers


def table(rows: Rows, metadata: Metadata) -> Table | None:
    found = steps(rows)
    if not found:
        return None
    notes = Footnotes(metadata.release["min_count"])
    lines = [
        TableRow((_name(place, kept, out), _number(notes, out), _number(notes, kept)))
        for place, (kept, out) in enumerate(found)
    ]
    columns = (Column("Step"), Column("Left out", "number"), Column("Remaining", "number"))
    return Table(
        "flow", "People left out and remaining", columns, tuple(lines), notes.notes(), fold=True
    )


def _name(place: int, kept: Estimate | None, out: Estimate | None) -> str:
    if place == 0:
        return "In the extract"
    one = out or kept
    return step_name(one, kept) if one is not None else ""


def _number(notes: Footnotes, row: Estimate | None) -> str:
    """Without a footnote: the reason of an attrition row is its step."""
    if row is None:
        return ""
    return notes.cell(row) if row.status == "suppressed" else numbers.estimate(row)
