"""Truth against estimate, and the assumptions of the simulation."""

from __future__ import annotations

from data_schema.results import Estimate
from reports.blocks import Column, Table, TableRow
from reports.facts import Facts
from reports.rows import Rows, has_number
from reports.tables.cells import Footnotes
from reports.text import numbers
from reports.text.labels import event_name, named, upper_first


def pairs(rows: Rows) -> list[tuple[Estimate, Estimate]]:
    """(assumed ratio, estimated ratio) of the same outcome, model and term."""
    found = []
    for true in rows.numbers(question="truth", measure="parameter"):
        row = rows.first(
            measure="hazard_ratio",
            outcome=true.outcome,
            model=true.model,
            term=true.term,
            strata="",
            specification="primary",
        )
        if true.model and row is not None:
            found.append((true, row))
    return found


def against_estimate(rows: Rows, facts: Facts) -> Table | None:
    found = pairs(rows)
    if not found:
        return None
    notes = Footnotes(facts.release["min_count"])
    lines = [
        TableRow(
            (
                (
                    f"{upper_first(event_name(true.outcome, facts))}: "
                    f"{facts.term_label(true.model, true.term)}"
                ),
                numbers.estimate(true),
                notes.cell(row),
                numbers.bounds(row),
                covers(true, row),
            )
        )
        for true, row in found
    ]
    columns = (
        Column("Ratio"),
        Column("Truth", "number"),
        Column("Estimate", "number"),
        Column("95% interval", "interval"),
        Column("Interval holds the truth"),
    )
    return Table("truth", "Truth against estimate", columns, tuple(lines), notes.notes())


def covers(true: Estimate, row: Estimate) -> str:
    if not has_number(row) or row.lower is None or row.upper is None:
        return numbers.NO_NUMBER
    return "yes" if row.lower <= (true.estimate or 0) <= row.upper else "no"


def assumptions(rows: Rows, facts: Facts) -> Table | None:
    """What the simulator assumed and what it realised, with the source of each figure."""
    found = [
        row
        for row in rows.where(question="truth")
        if row.measure == "realised" or (row.measure == "parameter" and not row.model)
    ]
    if not found:
        return None
    notes = Footnotes(facts.release["min_count"])
    lines = [
        TableRow(
            (
                named(row.term) + (f", {row.level}" if row.level else ""),
                notes.cell(row) if row.status == "suppressed" else numbers.estimate(row),
                "" if numbers.is_percent(row) else row.unit,
                row.reason,
            )
        )
        for row in found
    ]
    columns = (Column("Parameter"), Column("Value", "number"), Column("Unit"), Column("Source"))
    return Table("assumptions", "What was simulated", columns, tuple(lines), notes.notes())
