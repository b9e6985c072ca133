"""Cumulative incidence or survival at the horizons; incidence rates."""

from __future__ import annotations

from data_schema.follow_up import DAYS_A_YEAR
from data_schema.results import Estimate
from reports.blocks import Column, Table, TableRow
from reports.metadata import Metadata
from reports.rows import Rows, distinct
from reports.tables.cells import Footnotes
from reports.wording import numbers
from reports.wording.labels import event_name, stratum, upper_first

MEASURES = ("cumulative_incidence", "survival")


def horizons(rows: Rows, metadata: Metadata) -> Table | None:
    """The curves at the protocol's years, for every outcome and stratum."""
    found = [
        row
        for row in rows.where(question="how_soon", specification="primary")
        if row.measure in MEASURES
    ]
    if not found:
        return None
    notes = Footnotes(metadata.release["min_count"])
    lines: list[TableRow] = []
    for key in distinct(f"{r.measure}|{r.outcome}|{r.strata}" for r in found):
        of_key = [r for r in found if f"{r.measure}|{r.outcome}|{r.strata}" == key]
        at = [_line(year, of_key, rows, notes) for year in metadata.years]
        lines.append(TableRow((_heading(of_key[0], metadata), "", "", "", ""), "group"))
        lines += [line for line in at if line is not None]
    columns = (
        Column("Years"),
        Column("At risk", "number"),
        Column("Events so far", "number"),
        Column("Proportion", "number", "%"),
        Column("95% interval", "interval", "%"),
    )
    caption = f"At fixed times since {metadata.time_zero}"
    return Table("horizons", caption, columns, tuple(lines), notes.notes())


def _heading(row: Estimate, metadata: Metadata) -> str:
    what = "Alive" if row.measure == "survival" else upper_first(event_name(row.outcome, metadata))
    return f"{what}, {stratum(row.strata)}" if row.strata else what


def _line(year: float, of_key: list[Estimate], rows: Rows, notes: Footnotes) -> TableRow | None:
    row = rows.at(of_key, year * DAYS_A_YEAR)
    if row is None:
        return None
    cells = (
        f"{year:g}",
        numbers.hidden_or(row, numbers.count(row.denominator)),
        numbers.hidden_or(row, numbers.count(row.numerator)),
        notes.cell(row, numbers.estimate(row, sign=False)),
        numbers.bounds(row),
    )
    return TableRow(cells, "indented")


def rates(rows: Rows, metadata: Metadata) -> Table | None:
    """Events per 1,000 person-years with exact intervals."""
    found = rows.where(
        question="how_soon", measure="incidence_rate", specification="primary"
    )  # other choices stand under robustness
    if not found:
        return None
    notes = Footnotes(metadata.release["min_count"])
    lines = []
    for row in found:
        name = upper_first(event_name(row.outcome, metadata))
        lines.append(
            TableRow(
                (
                    f"{name}, {stratum(row.strata)}" if row.strata else name,
                    notes.cell(row, numbers.count(row.numerator)),
                    notes.cell(row, numbers.count(row.person_years)),
                    notes.cell(row),
                    numbers.bounds(row),
                )
            )
        )
    columns = (
        Column("Event"),
        Column("Events", "number"),
        Column("Person-years", "number"),
        Column("Rate", "number", "per 1,000 person-years"),
        Column("95% interval", "interval"),
    )
    return Table("rates", "Incidence rates", columns, tuple(lines), notes.notes())
