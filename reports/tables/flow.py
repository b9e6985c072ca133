"""Attrition, step by step."""

from __future__ import annotations

from reports.blocks import Column, Table, TableRow
from reports.facts import Facts
from reports.figures.flow import steps
from reports.rows import Rows
from reports.tables.cells import Footnotes


def table(rows: Rows, facts: Facts) -> Table | None:
    found = steps(rows)
    if not found:
        return None
    notes = Footnotes(facts.release["min_count"])
    lines = []
    for place, (kept, out) in enumerate(found):
        one = out or kept
        text = "In the extract" if place == 0 else (one.reason or one.term if one else "")
        # the reason of an attrition row is its sentence, not a caveat
        cells = (text, notes.cell(out) if out else "", notes.cell(kept))
        lines.append(
            TableRow(tuple(cell.partition(" (")[0] if i else cell for i, cell in enumerate(cells)))
        )
    columns = (Column("Step"), Column("Left out", "number"), Column("Remaining", "number"))
    return Table(
        "flow",
        "People left out and remaining",
        columns,
        tuple(lines),
        Footnotes.notes(_hidden_only(notes)),
    )


def _hidden_only(notes: Footnotes) -> Footnotes:
    return Footnotes(notes.min_count, [], notes.any_hidden)
