"""Hazard ratios of one model, with the events and people behind them."""

from __future__ import annotations

from data_schema.results import Estimate
from reports.blocks import Column, Table, TableRow
from reports.metadata import Metadata
from reports.rows import Rows, distinct
from reports.tables.cells import Footnotes
from reports.wording import numbers
from reports.wording.labels import event_name, upper_first


def table(rows: Rows, metadata: Metadata, model: str) -> Table | None:
    found = rows.where(measure="hazard_ratio", model=model, specification="primary")
    if not found:
        return None
    notes = Footnotes(metadata.release["min_count"])
    lines = []
    for outcome in distinct(row.outcome for row in found):
        of_outcome = [row for row in found if row.outcome == outcome]
        for behind in distinct(_behind(row) for row in of_outcome):
            name = upper_first(event_name(outcome, metadata))
            lines.append(TableRow((f"{name}: {behind}", "", ""), "group"))
            same = [row for row in of_outcome if _behind(row) == behind]
            lines += [_line(row, metadata, model, notes) for row in same]
    columns = (Column("Term"), Column("Hazard ratio", "number"), Column("95% interval", "interval"))
    caption = next((m["label"] for m in metadata.models if m["name"] == model), model)
    note = "Cause-specific: each ratio compares rates among people still at risk of that event."
    return Table(
        f"hazard_ratios_{model}", caption, columns, tuple(lines), notes.notes(note), fold=True
    )


def _behind(row: Estimate) -> str:
    """The absolute numbers a ratio rests on."""
    if row.status == "suppressed":
        return f"{numbers.HIDDEN} events"
    said = [numbers.people(row.numerator, "event", "events")] if row.numerator is not None else []
    said += [numbers.people(row.denominator)] if row.denominator is not None else []
    if row.person_years is not None:
        said.append(f"{numbers.count(row.person_years)} person-years")
    return ", ".join(said) or "numbers not given"


def _line(row: Estimate, metadata: Metadata, model: str, notes: Footnotes) -> TableRow:
    label = metadata.term_label(model, row.term) + (f": {row.level}" if row.level else "")
    return TableRow((label, notes.cell(row), numbers.bounds(row)), "indented")
