"""Exits by reason."""

from __future__ import annotations

from reports.blocks import Column, Table, TableRow
from reports.facts import Facts
from reports.rows import Rows
from reports.tables.cells import Footnotes
from reports.text.labels import event_name, named, stratum, upper_first


def table(rows: Rows, facts: Facts) -> Table | None:
    exits = rows.where(question="follow_up", measure="exits")
    if not exits:
        return None
    notes = Footnotes(facts.release["min_count"])
    lines = []
    events = ("onset", "death", "transplant", "recovery")
    for row in exits:
        name = event_name(row.level, facts) if row.level in events else named(row.level)
        label = upper_first(name) + (f", {stratum(row.strata)}" if row.strata else "")
        lines.append(TableRow((label, notes.cell(row))))
    columns = (Column("Follow-up ended with"), Column("People", "number"))
    return Table("follow_up", "How follow-up ended", columns, tuple(lines), notes.notes())
