"""Tables of verdicts by definition of prevalence, and of their denominators."""

from __future__ import annotations

from data_schema.results import Estimate
from reports.blocks import Column, Table, TableRow
from reports.metadata import Metadata
from reports.rows import Rows, distinct
from reports.tables.cells import Footnotes
from reports.text import prevalence_definitions as text
from reports.wording import numbers
from reports.wording.labels import prior_name

NOTE = (
    "Intervals and verdicts allow for people of one centre being alike (Korn and Graubard, 1998; "
    "for the risk, jackknife over centres). Inside: one-sided tests exclude both ends, 0.025 a "
    "side; their p-values are in tables/prevalence_definition_tests.csv. In range: posterior "
    "probability under the prior named. KRT: kidney replacement therapy. Ever: diagnosed by then. "
    "Active: no later assessment was negative; people who are not assessed again stay active."
)


def verdicts(rows: Rows, metadata: Metadata, band: Estimate | None) -> Table | None:
    """Every definition with its verdict and its probability under each prior."""
    if band is None:
        return None
    found = [one for one in text.in_protocol(rows, metadata) if text.verdict(one, band)]
    if not found:
        return None
    notes = Footnotes(metadata.release["min_count"])
    priors = distinct(name for one in found for name in one.posterior)
    lines = [_line(one, band, priors, notes) for one in found]
    columns = (
        Column("Definition"),
        Column("Prevalence", "number", "%"),
        Column("95% interval", "interval", "%"),
        Column("Verdict"),
        *(Column(f"In range, {prior_name(name)} prior", "number", "%") for name in priors),
    )
    caption = f"Against the claimed {numbers.bounds(band)}%: one verdict for each definition"
    return Table("prevalence_definitions", caption, columns, tuple(lines), notes.notes(NOTE))


def _line(one: text.Definition, band: Estimate, priors: list[str], notes: Footnotes) -> TableRow:
    chances = [one.posterior.get(name) for name in priors]
    return TableRow(
        (
            one.short(),
            notes.cell(one.row, numbers.estimate(one.row, sign=False)),
            numbers.bounds(one.row),
            text.verdict(one, band),
            *(numbers.estimate(row, sign=False) for row in chances),
        )
    )


def tests(rows: Rows, metadata: Metadata, band: Estimate | None) -> Table | None:
    """p-values of the one-sided tests of each definition: a file, not on the page."""
    found = [one for one in text.in_protocol(rows, metadata) if one.tests] if band else []
    if not found or band is None:
        return None
    ends = [float(band.lower or 0), float(band.upper or 0)]
    keys = [(side, end) for end in ends for side in ("above", "below")]
    lines = [
        TableRow((one.named(), *(numbers.estimate(one.tests.get(key)) for key in keys)))
        for one in found
    ]
    heads = (Column(f"p, {side} {100 * end:g}%", "number") for side, end in keys)
    caption = "One-sided tests of each definition"
    columns = (Column("Definition"), *heads)
    name = "prevalence_definition_tests"
    return Table(name, caption, columns, tuple(lines), in_page=False)


def denominators(rows: Rows, metadata: Metadata) -> Table | None:
    """Who was left out on the way to each denominator, n = 0 kept."""
    found = rows.where(question="how_common", measure="denominator")
    if not found:
        return None
    notes = Footnotes(metadata.release["min_count"])
    lines = []
    for group in distinct(f"{_when(row)}|{row.population}" for row in found):
        when, population = group.split("|")
        alike = [r for r in found if (_when(r), r.population) == (when, population)]
        lines.append(TableRow((f"{when}, {population}", "", ""), "group"))
        for row in (r for r in alike if r.level == "excluded" or r.x == 0):
            left = next((r for r in alike if r.x == row.x and r.level == "remaining"), None)
            out = "" if row.level == "remaining" else notes.cell(row, numbers.count(row.numerator))
            stays = notes.cell(left, numbers.count(left.numerator)) if left else ""
            lines.append(TableRow((_label(row), out, stays), "indented"))
    columns = (Column("Step"), Column("Left out", "number"), Column("Remaining", "number"))
    caption = "From the extract to each denominator"
    return Table("denominators", caption, columns, tuple(lines), notes.notes(), fold=True)


def _when(row: Estimate) -> str:
    return row.term.partition(": ")[0]


def _label(row: Estimate) -> str:
    """The sentence of the step, without what the release policy added."""
    return row.reason.partition(". Hidden by")[0] if row.status != "suppressed" else _step(row)


def _step(row: Estimate) -> str:
    return row.term.partition(": ")[2].replace("_", " ").capitalize()


def period_years(rows: Rows, metadata: Metadata) -> Table | None:
    """What the person-years of the period were; the parts add up to the whole."""
    found = rows.where(question="how_common", measure="period_years")
    if not found:
        return None
    notes = Footnotes(metadata.release["min_count"])
    lines = tuple(
        TableRow(
            (
                row.level.capitalize() or "In the registry",
                notes.cell(row, numbers.count(row.numerator)),
                notes.cell(row, numbers.count(row.person_years)),
            ),
            "indented" if row.level else "row",
        )
        for row in found
    )
    columns = (Column("Time"), Column("People", "number"), Column("Person-years", "number"))
    caption = f"Person-years from {found[0].term}, by what they were"
    return Table("period_years", caption, columns, lines, notes.notes(), fold=True)
