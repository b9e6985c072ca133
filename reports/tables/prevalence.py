"""Prevalence at dates and over periods, overall and by group, with both intervals."""

from __future__ import annotations

from data_schema.results import Estimate
from reports.blocks import Column, Table, TableRow
from reports.facts import Facts
from reports.rows import Rows, distinct
from reports.tables.cells import Footnotes
from reports.text import numbers
from reports.text.labels import stratum

MEASURES = ("prevalence_point", "prevalence_period")
EXACT, WILSON = "clopper_pearson", "wilson"


def rows_of(rows: Rows) -> list[Estimate]:
    return [row for row in rows.where(question="how_common") if row.measure in MEASURES]


def table(rows: Rows, facts: Facts) -> Table | None:
    found = rows_of(rows)
    if not found:
        return None
    notes = Footnotes(facts.release["min_count"])
    lines = []
    for outcome in distinct(row.outcome for row in found):
        of_outcome = [row for row in found if row.outcome == outcome]
        lines.append(
            TableRow((f"Cases: {outcome.replace('+', ' or ')}", "", "", "", "", "", ""), "group")
        )
        for key in distinct(f"{row.term}|{row.strata}" for row in of_outcome):
            lines.append(_line([r for r in of_outcome if f"{r.term}|{r.strata}" == key], notes))
    columns = (
        Column("Date or period"),
        Column("Group"),
        Column("People", "number"),
        Column("Cases", "number"),
        Column("Prevalence", "number", "%"),
        Column("Exact 95% interval", "interval", "%"),
        Column("Wilson 95% interval", "interval", "%"),
    )
    return Table("prevalence", "Prevalence", columns, tuple(lines), notes.notes())


def _line(found: list[Estimate], notes: Footnotes) -> TableRow:
    by_model = {row.model: row for row in found}
    row = by_model.get(EXACT) or found[0]
    return TableRow(
        (
            row.term,
            stratum(row.strata),
            notes.cell(row, numbers.count(row.denominator)),
            notes.cell(row, numbers.count(row.numerator)),
            notes.cell(row, numbers.estimate(row, sign=False)),
            numbers.bounds(by_model.get(EXACT)),
            numbers.bounds(by_model.get(WILSON)),
        ),
        "indented",
    )
