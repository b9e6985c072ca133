"""Exits by reason, time at risk and median follow-up."""

from __future__ import annotations

from reports.blocks import Column, Table, TableRow
from reports.facts import Facts
from reports.rows import Rows
from reports.tables.cells import Footnotes
from reports.text import numbers
from reports.text.labels import event_name, named, stratum, upper_first


def table(rows: Rows, facts: Facts) -> Table | None:
    found = rows.where(question="follow_up")
    exits = [row for row in found if row.measure == "exits"]
    if not exits:
        return None
    notes = Footnotes(facts.release["min_count"])
    lines = []
    events = ("onset", "death", "transplant", "recovery")
    for row in exits:
        name = event_name(row.level, facts) if row.level in events else named(row.level)
        label = upper_first(name) + (f", {stratum(row.strata)}" if row.strata else "")
        lines.append(TableRow((label, notes.cell(row))))
    for row in found:
        if row.measure == "person_years":
            text = numbers.count(row.person_years)
            lines.append(
                TableRow((_with("Person-years at risk", row.strata), notes.cell(row, text)))
            )
        if row.measure == "follow_up_time":
            text = numbers.estimate(row)
            label = "Median follow-up, years (reverse Kaplan–Meier)"
            lines.append(TableRow((_with(label, row.strata), notes.cell(row, text))))
    columns = (Column(""), Column("People or years", "number"))
    return Table(
        "follow_up",
        "How follow-up ended, and how long it was",
        columns,
        tuple(lines),
        notes.notes(),
    )


def _with(label: str, strata: str) -> str:
    return f"{label}, {stratum(strata)}" if strata else label
