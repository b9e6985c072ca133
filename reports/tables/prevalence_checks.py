"""Checks of a prevalence: misclassification, assessment rates, time, age; beside the crude one."""

from __future__ import annotations

from data_schema.results import Estimate
from reports.blocks import Column, Table, TableRow
from reports.metadata import Metadata
from reports.rows import ANY, Rows, has_number
from reports.tables.cells import Footnotes
from reports.tables.prevalence import EXACT
from reports.wording import numbers
from reports.wording.labels import lower_first, named

METHODS = {
    "rogan_gladen": "Rogan–Gladen, limits of Lang and Reiczigel",
    "bayes": "Bayesian, error rates with their uncertainty",
    "ppv": "False cases taken out (PPV); cases missed are not added",
    "begg_greenes": "Adjudicated sample of both sides (Begg and Greenes)",
}
ASSUMED = {"sensitivity": "Sensitivity", "specificity": "Specificity", "ppv": "PPV"}
SEEN = {"ppv": "PPV in the adjudicated sample", "missed": "Cases among the adjudicated others"}


def corrected(rows: Rows, metadata: Metadata) -> Table | None:
    """Error rates as assumed or seen, and what they make of the latest prevalence."""
    wanted = ("assumed_rate", "error_rate", "corrected_prevalence", "corrected_rate")
    known = (*ASSUMED, *METHODS, EXACT, "rate")
    found = rows.where(question="how_common", measure=wanted, model=known)
    if not found:
        return None
    notes = Footnotes(metadata.release["min_count"])
    lines = tuple(
        TableRow((_what(row), notes.cell(row, _value(row)), numbers.bounds(row), _of(row)))
        for row in found
    )
    columns = (
        Column("Error rate or corrected figure"),
        Column("Value", "number"),
        Column("95% interval", "interval"),
        Column("From"),
    )
    return Table("corrected", "Corrected for misclassification", columns, lines, notes.notes())


def _what(row: Estimate) -> str:
    if row.measure == "assumed_rate":
        return f"{ASSUMED[row.model]}, assumed"
    if row.measure == "error_rate":
        return SEEN[row.level]
    if row.measure == "corrected_rate":
        return f"New cases per 1,000 person-years, less {row.x:g} false ones"
    return METHODS[row.model]


def _value(row: Estimate) -> str:
    return numbers.estimate(row)


def _of(row: Estimate) -> str:
    if row.measure == "assumed_rate":
        return (
            f"{row.reason}; with the weight of {numbers.count(row.x)} people"
            if row.x
            else row.reason
        )
    return f"{numbers.share(row)} people" if row.measure == "error_rate" else ""


def ascertainment(rows: Rows, metadata: Metadata) -> Table | None:
    """Assessments per 1,000 person-years by the last PTH."""
    found = rows.where(question="how_common", measure="ascertainment")
    films = [row for row in found if row.term == "radiographs"]
    if not films:
        return None
    notes = Footnotes(metadata.release["min_count"])
    others = {row.strata: row for row in found if row.term == "assessments"}
    lines = tuple(
        TableRow(
            (
                f"PTH {row.strata.partition('=')[2]}" if row.strata else "All people",
                notes.cell(row, numbers.count(row.person_years)),
                notes.cell(row, numbers.count(row.estimate)),
                notes.cell(others.get(row.strata), _rate(others.get(row.strata))),
            ),
            "indented" if row.strata else "row",
        )
        for row in films
    )
    columns = (
        Column("Last PTH"),
        Column("Person-years", "number"),
        Column("Radiographs and CT", "number", "per 1,000 person-years"),
        Column("All assessments", "number", "per 1,000 person-years"),
    )
    note = "More assessments detect more disease: a gradient here could explain one in disease."
    caption = "Assessments during follow-up, by PTH"
    return Table("ascertainment", caption, columns, lines, notes.notes(note))


def _rate(row: Estimate | None) -> str:
    return numbers.count(row.estimate) if row is not None else ""


def adjusted(rows: Rows, metadata: Metadata) -> Table | None:
    """Standardised to the named standard, beside the crude share of the same date."""
    found = rows.where(question="how_common", measure="standardised_prevalence", specification=ANY)
    if not found:
        return None
    found = _finest(found)
    notes = Footnotes(metadata.release["min_count"])
    lines = []
    for row in found:
        crude = rows.first(
            question="how_common",
            measure="prevalence_point" if " to " not in row.term else "prevalence_period",
            term=row.term,
            model="clopper_pearson",
            population=row.population,
            strata="",
            level="",
            specification="primary",
            outcome=row.outcome,
        )
        shown = (notes.cell(crude, numbers.estimate(crude, sign=False)), numbers.bounds(crude))
        own = (notes.cell(row, numbers.estimate(row, sign=False)), numbers.bounds(row))
        lines.append(TableRow((row.term, lower_first(named(row.level)), *shown, *own)))
    columns = (
        Column("Date or period"),
        Column("By"),
        Column("Crude", "number", "%"),
        Column("Exact 95% interval", "interval", "%"),
        Column("Standardised", "number", "%"),
        Column("Gamma 95% interval", "interval", "%"),
    )
    said = next((row.reason for row in found if row.status == "ok" and row.reason), "")
    note = f"Standard: {said}." if said else ""
    caption = "Standardised by age; interval of Fay and Feuer (1997)"
    return Table("standardised", caption, columns, tuple(lines), notes.notes(note))


def _finest(found: list[Estimate]) -> list[Estimate]:
    """Of each date and population the finest ages with a number; else the finest of all."""
    kept: dict[tuple[str, str], Estimate] = {}
    for row in found:
        key = (row.term, row.population)
        if key not in kept or (not has_number(kept[key]) and has_number(row)):
            kept[key] = row
    return list(kept.values())


def trend(rows: Rows, metadata: Metadata) -> Table | None:
    """Odds ratios per year and at each change of recording."""
    found = rows.where(question="how_common", measure="prevalence_trend")
    if not found:
        return None
    notes = Footnotes(metadata.release["min_count"])
    lines = tuple(
        TableRow((_term(row), notes.cell(row, numbers.estimate(row)), numbers.bounds(row)))
        for row in found
    )
    columns = (
        Column("Odds of being a known case"),
        Column("Ratio", "number"),
        Column("95% interval", "interval"),
    )
    note = "Logistic regression of centres by dates; errors by centre."
    caption = "Prevalence over time, with a step at each change of recording"
    return Table("prevalence_trend", caption, columns, lines, notes.notes(note))


def _term(row: Estimate) -> str:
    return row.term[:1].upper() + row.term[1:]
