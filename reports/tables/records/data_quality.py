"""Records by file, records rejected or flagged by rule, unit conversions."""

from __future__ import annotations

from data_schema.results import Estimate
from reports.blocks import Column, Table, TableRow
from reports.metadata import Metadata
from reports.rows import Rows, distinct, own_reason
from reports.shown import show
from reports.tables.cells import Footnotes
from reports.wording import numbers
from reports.wording.labels import named, parts_of_strata, upper_first

LEVELS = ("total", "used", "out_of_scope", "rejected")


def file_of(row: Estimate) -> str:
    """The file of a row, and the table it is read into where that has another name."""
    parts = dict(parts_of_strata(row.strata))
    file, table = parts.get("file", ""), parts.get("table", "")
    if not file:
        return table
    return file if table in ("", file.partition(".")[0]) else f"{file} → {table}"


def records(rows: Rows, metadata: Metadata) -> Table | None:
    """One line a file: total = used + out of scope + rejected."""
    found = rows.where(question="quality", measure="rows")
    if not found:
        return None
    notes = Footnotes(metadata.release["min_count"])
    lines = []
    for strata in distinct(row.strata for row in found):
        of_file = [row for row in found if row.strata == strata]
        cells = [_sum(notes, [r for r in of_file if r.level == level]) for level in LEVELS]
        lines.append(TableRow((file_of(of_file[0]), *cells)))
    columns = (
        Column("File"),
        *(Column(named(level), "number") for level in LEVELS),
    )
    return Table(
        "records",
        "Records of each file by what became of them",
        columns,
        tuple(lines),
        notes.notes(),
    )


def _sum(notes: Footnotes, found: list[Estimate]) -> str:
    if not found:
        return "0"
    hidden = [row for row in found if row.status == "suppressed"]
    if hidden:
        return notes.cell(hidden[0])
    show(*found)
    return numbers.count(sum(row.estimate or 0 for row in found))


def by_rule(rows: Rows, metadata: Metadata) -> Table | None:
    """Rejected and flagged records, by file, column and rule."""
    found = [
        row
        for row in rows.where(question="quality")
        if row.measure in ("rejected_rows", "flagged_rows")
    ]
    if not found:
        return None
    notes = Footnotes(metadata.release["min_count"])
    lines = [
        TableRow(
            (
                file_of(row),
                named(row.term),
                upper_first(own_reason(row)) or named(row.level),
                "rejected" if row.measure == "rejected_rows" else "flagged",
                notes.cell(row),
            )
        )
        for row in found
    ]
    heads = (
        Column("File"),
        Column("Column"),
        Column("Rule"),
        Column("Record is"),
        Column("Records", "number"),
    )
    return Table(
        "rules", "Records rejected or flagged, by rule", heads, tuple(lines), notes.notes()
    )


def corrected_calcium(rows: Rows, metadata: Metadata) -> Table | None:
    """Values of corrected calcium by where they come from, the formula named."""
    found = rows.where(question="quality", measure="corrected_calcium")
    if not found:
        return None
    notes = Footnotes(metadata.release["min_count"])
    lines = [TableRow((own_reason(row), notes.cell(row))) for row in found]
    heads = (Column("Values"), Column("Records", "number"))
    return Table("corrected_calcium", "Corrected calcium", heads, tuple(lines), notes.notes())


def conversions(rows: Rows, metadata: Metadata) -> Table | None:
    """Units as sent, the factor applied, how many records, and where the factor comes from."""
    found = rows.where(question="quality", measure="unit_conversion")
    if not found:
        return None
    notes = Footnotes(metadata.release["min_count"])
    lines = [
        TableRow(
            (
                named(row.term),
                row.level,
                row.reference,
                numbers.factor(row.x),
                numbers.estimate(row) if row.status != "suppressed" else notes.cell(row),
                "" if row.status == "suppressed" else row.reason,
            )
        )
        for row in found
    ]
    heads = (
        Column("Analyte"),
        Column("Sent in"),
        Column("Used in"),
        Column("Factor", "number"),
        Column("Records", "number"),
        Column("Source of the factor"),
    )
    return Table("unit_conversions", "Unit conversions", heads, tuple(lines), notes.notes())
