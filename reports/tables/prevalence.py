"""Prevalence at dates and over periods, overall and by group, with both intervals."""

from __future__ import annotations

from data_schema.results import Estimate
from reports.blocks import Column, Table, TableRow
from reports.metadata import Metadata
from reports.rows import Rows, distinct
from reports.tables.cells import Footnotes
from reports.wording import numbers
from reports.wording.labels import level_order, parts_of_strata, stratum

MEASURES = ("prevalence_point", "prevalence_period")
EXACT, WILSON, BY_CENTRE = "clopper_pearson", "wilson", "korn_graubard"
METHODS = (EXACT, WILSON, BY_CENTRE, "jeffreys")
COLUMNS = (
    Column("Group"),
    Column("People", "number"),
    Column("Cases", "number"),
    Column("Prevalence", "number", "%"),
    Column("Exact 95% interval", "interval", "%"),
)


def rows_of(rows: Rows) -> list[Estimate]:
    found = rows.where(question="how_common", measure=MEASURES, model=METHODS, level="")
    return [row for row in found if not row.population.startswith("all ")]


def table(rows: Rows, metadata: Metadata) -> Table | None:
    """All people, at every date and over the period, by certainty of the case."""
    found = [row for row in rows_of(rows) if not row.strata]
    if not found:
        return None
    notes = Footnotes(metadata.release["min_count"])
    lines = []
    for outcome in distinct(row.outcome for row in found):
        title = f"Cases: {outcome.replace('+', ' or ')}"
        lines.append(TableRow((title, "", "", "", "", "", ""), "group"))
        terms = distinct(row.term for row in found if row.outcome == outcome)
        for term in sorted(terms, key=lambda one: (" to " in one, one)):
            alike = [row for row in found if (row.outcome, row.term) == (outcome, term)]
            by_model = {row.model: row for row in alike}
            others = [numbers.bounds(by_model.get(model)) for model in (WILSON, BY_CENTRE)]
            lines.append(TableRow((*_cells(term, alike, notes), *others), "indented"))
    heads = (Column("Wilson", "interval", "%"), Column("For centres", "interval", "%"))
    columns = (Column("Date or period"), *COLUMNS[1:], *heads)
    caption = "Prevalence at every date, with three intervals"
    return Table("prevalence", caption, columns, tuple(lines), notes.notes(), fold=True)


def by_group(rows: Rows, metadata: Metadata) -> Table | None:
    """The latest date and the period, by group; every other date is in ``estimates.csv``."""
    found = [row for row in rows_of(rows) if row.strata and row.outcome == metadata.case_tiers]
    dates = [row.term for row in found if row.measure == "prevalence_point"]
    shown = [row for row in found if row.term == max(dates, default="") or row.term not in dates]
    if not shown:
        return None
    notes = Footnotes(metadata.release["min_count"])
    lines = []
    for term in distinct(row.term for row in shown):
        lines.append(TableRow((term, "", "", "", ""), "group"))
        of_term = [row for row in shown if row.term == term]
        for strata in _ordered(distinct(row.strata for row in of_term)):
            alike = [row for row in of_term if row.strata == strata]
            lines.append(TableRow(_cells(stratum(strata), alike, notes), "indented"))
    note = "Groups are not adjusted for each other; those of earlier dates are in estimates.csv."
    caption = f"Prevalence by group, {metadata.case_tiers.replace('+', ' or ')} cases"
    return Table("prevalence_by_group", caption, COLUMNS, tuple(lines), notes.notes(note))


def _ordered(strata: list[str]) -> list[str]:
    """Dimensions as released, levels in their natural order."""
    dimensions = distinct(parts_of_strata(one)[0][0] for one in strata)

    def key(one: str) -> tuple[int, tuple[float, str]]:
        dimension, level = parts_of_strata(one)[0]
        return dimensions.index(dimension), level_order(level)

    return sorted(strata, key=key)


def _cells(label: str, alike: list[Estimate], notes: Footnotes) -> tuple[str, ...]:
    row = next((one for one in alike if one.model == EXACT), alike[0])
    return (
        label,
        notes.cell(row, numbers.count(row.denominator)),
        notes.cell(row, numbers.count(row.numerator)),
        notes.cell(row, numbers.estimate(row, sign=False)),
        numbers.bounds(row) if row.model == EXACT else "",
    )
