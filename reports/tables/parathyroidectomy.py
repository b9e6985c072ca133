"""Laboratory values before and after parathyroidectomy, and resolution by time."""

from __future__ import annotations

from reports.blocks import Column, Table, TableRow
from reports.metadata import Metadata
from reports.rows import UNITS, Rows, distinct
from reports.tables.cells import Footnotes
from reports.wording import numbers
from reports.wording.labels import named


def labs(rows: Rows, metadata: Metadata) -> Table | None:
    found = rows.where(measure=("lab_before", "lab_after"), specification=UNITS)
    if not found:
        return None
    notes = Footnotes(metadata.release["min_count"])
    case = {row.term: row for row in rows.where(question="what_then", measure="published")}
    lines = []
    for key in distinct(f"{row.term}|{row.unit}" for row in found):
        term, unit = key.split("|")
        of_key = {row.measure: row for row in found if (row.term, row.unit) == (term, unit)}
        before, after = of_key.get("lab_before"), of_key.get("lab_after")
        cells = [f"{named(term)}, {unit}"]
        for row, when in ((before, "before"), (after, "after")):
            text = f"{numbers.estimate(row)} ({numbers.bounds(row)})" if row else ""
            people = numbers.count(row.denominator) if row else ""
            published = case.get(f"{term}_{when}")
            same_unit = published is not None and published.unit == unit
            cells += [notes.cell(row, people), notes.cell(row, text)]
            cells.append(numbers.estimate(published) if same_unit else "")
        lines.append(TableRow(tuple(cells)))
    heads = ("People", "Before", "The case", "People", "After", "The case")
    columns = (Column(""), *(Column(head, "number") for head in heads))
    caption = "Laboratory values before and after parathyroidectomy, beside the published case"
    return Table(
        "parathyroidectomy_labs", caption, columns, tuple(lines), notes.notes("Median (quartiles).")
    )


def resolution(rows: Rows, metadata: Metadata) -> Table | None:
    found = rows.where(question="what_then", measure="resolution")
    if not found:
        return None
    notes = Footnotes(metadata.release["min_count"])
    lines = [
        TableRow(
            (
                f"{row.time:g}" if row.time is not None else "",
                notes.cell(row, numbers.count(row.denominator)),
                notes.cell(row, numbers.count(row.numerator)),
                notes.cell(row, numbers.estimate(row, sign=False)),
                numbers.bounds(row),
            )
        )
        for row in sorted(found, key=lambda row: row.time or 0)
    ]
    columns = (
        Column("Days after"),
        Column("At risk", "number"),
        Column("Resolved so far", "number"),
        Column("Resolved", "number", "%"),
        Column("95% interval", "interval", "%"),
    )
    return Table(
        "resolution", "Resolution after parathyroidectomy", columns, tuple(lines), notes.notes()
    )
