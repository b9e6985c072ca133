"""Incidence of onset under every choice of the sensitivity grid, the primary one first."""

from __future__ import annotations

from data_schema.follow_up import DAYS_A_YEAR
from data_schema.results import Estimate
from reports.blocks import Column, Table, TableRow
from reports.metadata import Metadata
from reports.rows import Rows
from reports.tables.cells import Footnotes
from reports.text import specifications
from reports.wording import numbers

YEARS = 5


def table(rows: Rows, metadata: Metadata) -> Table | None:
    found = specifications.rates(rows)
    if not found:
        return None
    notes = Footnotes(metadata.release["min_count"])
    lines = tuple(_line(row, rows, notes) for row in found)
    columns = (
        Column("Choice"),
        Column("Onsets", "number"),
        Column("Per 1,000 person-years", "number"),
        Column("95% interval", "interval"),
        Column(f"By {YEARS} years", "number"),
        Column("95% interval", "interval"),
    )
    caption = "Onset under other choices, one changed at a time"
    note = (
        "Each choice has its own people and its own day from which the curve starts. A first code "
        "borrows the future: it counts only once a second one, or an image, has followed."
    )
    return Table("sensitivity_grid", caption, columns, lines, notes.notes(note), fold=True)


def _line(rate: Estimate, rows: Rows, notes: Footnotes) -> TableRow:
    at = _five_years(rate.specification, rows)
    onsets = numbers.HIDDEN if rate.status == "suppressed" else numbers.count(rate.numerator)
    cells = (
        specifications.in_words(rate.specification),
        onsets,
        notes.cell(rate),
        numbers.bounds(rate),
        notes.cell(at),
        "" if at is None else numbers.bounds(at),
    )
    return TableRow(cells)


def _five_years(specification: str, rows: Rows) -> Estimate | None:
    curve = rows.where(
        measure="cumulative_incidence", outcome="onset", strata="", specification=specification
    )
    return rows.at(curve, YEARS * DAYS_A_YEAR)
