"""What a source left out of its tables by name, and the people in whom it found evidence."""

from __future__ import annotations

from reports.blocks import Column, Table, TableRow
from reports.metadata import Metadata
from reports.rows import Rows, own_reason
from reports.tables.cells import Footnotes
from reports.tables.records.data_quality import file_of
from reports.wording import numbers


def out_of_scope(rows: Rows, metadata: Metadata) -> Table | None:
    """Records out of scope, by file and the rule that names why."""
    found = rows.where(question="quality", measure="rows", level="out_of_scope")
    if not found:
        return None
    notes = Footnotes(metadata.release["min_count"])
    lines = tuple(TableRow((file_of(row), own_reason(row), notes.cell(row))) for row in found)
    columns = (Column("File"), Column("Out of scope because"), Column("Records", "number"))
    return Table("out_of_scope", "Records out of scope, by rule", columns, lines, notes.notes())


def people_found(rows: Rows, metadata: Metadata) -> Table | None:
    """People by the evidence found; one person may be in several lines."""
    found = rows.where(question="quality", measure="distribution")
    if not found:
        return None
    notes = Footnotes(metadata.release["min_count"])
    said = [row.reference for row in found]
    heads = [now if now != before else "" for now, before in zip(said, ["", *said], strict=False)]
    lines = tuple(
        TableRow((head, own_reason(row), notes.cell(row, numbers.share(row))))
        for head, row in zip(heads, found, strict=True)
    )
    columns = (Column("Evidence"), Column("Level"), Column("People", "number"))
    beneath = notes.notes("One person may be in several lines.")
    return Table(
        "people_found", "People found in the extract, by evidence", columns, lines, beneath
    )
