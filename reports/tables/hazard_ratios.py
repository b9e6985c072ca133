"""Hazard ratios of one model, with the events and people behind them."""

from __future__ import annotations

from data_schema.results import Estimate
from reports.blocks import Column, Table, TableRow
from reports.facts import Facts
from reports.rows import Rows, distinct
from reports.tables.cells import Footnotes
from reports.text import numbers
from reports.text.labels import event_name, upper_first


def table(rows: Rows, facts: Facts, model: str) -> Table | None:
    found = rows.where(measure="hazard_ratio", model=model, specification="primary")
    if not found:
        return None
    notes = Footnotes(facts.release["min_count"])
    lines = []
    for outcome in distinct(row.outcome for row in found):
        name = upper_first(event_name(outcome, facts))
        lines.append(TableRow((name, "", "", "", "", ""), "group"))
        of_outcome = [row for row in found if row.outcome == outcome]
        lines += [_line(row, facts, model, notes) for row in of_outcome]
    columns = (
        Column("Term"),
        Column("Hazard ratio", "number"),
        Column("95% interval", "interval"),
        Column("Events", "number"),
        Column("People", "number"),
        Column("Person-years", "number"),
    )
    caption = next((m["label"] for m in facts.models if m["name"] == model), model)
    note = "Cause-specific: each ratio compares rates among people still at risk of that event."
    return Table(f"hazard_ratios_{model}", caption, columns, tuple(lines), notes.notes(note))


def _line(row: Estimate, facts: Facts, model: str, notes: Footnotes) -> TableRow:
    label = facts.term_label(model, row.term) + (f": {row.level}" if row.level else "")
    cells = (
        label,
        notes.cell(row),
        numbers.bounds(row),
        *(
            numbers.HIDDEN if row.status == "suppressed" else numbers.count(value)
            for value in (row.numerator, row.denominator, row.person_years)
        ),
    )
    return TableRow(cells, "indented")
