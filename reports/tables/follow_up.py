"""Exits by reason."""

from __future__ import annotations

from data_schema.results import Estimate
from reports.blocks import Column, Table, TableRow
from reports.metadata import Metadata
from reports.rows import Rows
from reports.tables.cells import Footnotes
from reports.wording.labels import event_name, named, stratum, upper_first


def table(rows: Rows, metadata: Metadata) -> Table | None:
    exits = rows.where(question="follow_up", measure="exits")
    if not exits:
        return None
    notes = Footnotes(metadata.release["min_count"])
    lines = []
    events = ("onset", "death", "transplant", "recovery")
    for row in exits:
        if not _can_happen(row, metadata):
            continue
        name = event_name(row.level, metadata) if row.level in events else named(row.level)
        label = upper_first(name) + (f", {stratum(row.strata)}" if row.strata else "")
        lines.append(TableRow((label, notes.cell(row))))
    columns = (Column("Follow-up ended with"), Column("People", "number"))
    return Table("follow_up", "How follow-up ended", columns, tuple(lines), notes.notes())


def _can_happen(row: Estimate, metadata: Metadata) -> bool:
    """An event that the protocol does not follow and nobody had is no way out of this study."""
    followed = ("onset", "lost", "end_of_data", *metadata.outcome["competing"])
    return row.level in followed or row.estimate != 0
