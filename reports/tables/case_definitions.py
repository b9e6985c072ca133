"""Definitions of a case side by side, and where on the body cases were seen."""

from __future__ import annotations

from reports.blocks import Column, Table, TableRow
from reports.metadata import Metadata
from reports.rows import Rows, distinct
from reports.tables.cells import Footnotes
from reports.wording import numbers
from reports.wording.labels import upper_first

CRITERIA = {
    "lab_off": "No laboratory criterion",
    "lab_any_mineral": "Any abnormal mineral value",
    "lab_pth_required": "PTH above nine times its upper limit",
    "lab_unknown": "Not known: nothing measured within 90 days",
}
SITES = {
    "large_joints": "Large joints (shoulder, hip, elbow, knee)",
    "hand": "Small joints of the hand",
    "elsewhere": "Elsewhere (foot and other)",
}
COLUMNS = (
    Column("Cases", "number"),
    Column("Prevalence", "number", "%"),
    Column("Exact 95% interval", "interval", "%"),
)


def definitions(rows: Rows, metadata: Metadata) -> Table | None:
    """Every set of tiers under every laboratory criterion, at the latest date."""
    found = rows.where(measure="prevalence_point", specification=CRITERIA)
    if not found:
        return None
    notes = Footnotes(metadata.release["min_count"])
    lines = []
    for name in distinct(row.specification for row in found):
        lines.append(TableRow((CRITERIA[name], "", "", ""), "group"))
        for row in (one for one in found if one.specification == name):
            lines.append(
                TableRow(
                    (
                        upper_first(row.outcome.replace("+", " or ")),
                        notes.cell(row, numbers.count(row.numerator)),
                        notes.cell(row, numbers.estimate(row, sign=False)),
                        numbers.bounds(row),
                    ),
                    "indented",
                )
            )
    caption = f"Prevalence on {found[0].term} under every definition of a case"
    note = "Cases without laboratory values meet no criterion and are counted apart."
    columns = (Column("Tiers"), *COLUMNS)
    return Table("definitions", caption, columns, tuple(lines), notes.notes(note))


def sites(rows: Rows, metadata: Metadata) -> Table | None:
    """Of the cases in whom a site is known."""
    found = rows.where(question="how_common", measure="site")
    if not found:
        return None
    notes = Footnotes(metadata.release["min_count"])
    lines = tuple(
        TableRow(
            (
                SITES[row.level],
                notes.cell(row, numbers.count(row.numerator)),
                notes.cell(row, numbers.count(row.denominator)),
                notes.cell(row, numbers.estimate(row, sign=False)),
                numbers.bounds(row),
            )
        )
        for row in found
    )
    columns = (
        Column("Site"),
        Column("Cases there", "number"),
        Column("Cases with a known site", "number"),
        Column("Proportion", "number", "%"),
        Column("Exact 95% interval", "interval", "%"),
    )
    note = (
        "One person may have several. The published case was of the hands; published series are of "
        "hips and shoulders."
    )
    caption = f"Where calcification was seen, cases on {found[0].term}"
    return Table("sites", caption, columns, lines, notes.notes(note))
