"""Truth against estimate, and the assumptions of the simulation."""

from __future__ import annotations

from data_schema.follow_up import DAYS_A_YEAR
from data_schema.results import Estimate
from reports.blocks import Column, Table, TableRow
from reports.metadata import Metadata
from reports.rows import Rows, has_number
from reports.shown import show
from reports.tables.cells import Footnotes
from reports.wording import numbers
from reports.wording.labels import event_name, named, upper_first


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


def against_estimate(rows: Rows, metadata: Metadata) -> Table | None:
    found = pairs(rows)
    if not found:
        return None
    notes = Footnotes(metadata.release["min_count"])
    lines = [
        TableRow(
            (
                (
                    f"{upper_first(event_name(true.outcome, metadata))}: "
                    f"{metadata.term_label(true.model, true.term)}"
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


def realised(rows: Rows, metadata: Metadata) -> Table | None:
    """What the simulated registry truly holds, beside what was estimated where that is the same."""
    found = rows.where(question="truth", measure="realised")
    if not found:
        return None
    notes = Footnotes(metadata.release["min_count"])
    points = rows.where(measure="cumulative_incidence", strata="", specification="primary")
    lines = []
    for row in sorted(found, key=lambda row: row.time or 0):
        ours = [point for point in points if point.outcome == row.outcome]
        beside = rows.at(ours, row.time) if row.time is not None else None
        lines.append(
            TableRow(
                (
                    _name(row),
                    notes.cell(row) if row.status == "suppressed" else numbers.estimate(row),
                    notes.cell(beside),
                    numbers.bounds(beside),
                    row.reason if row.status == "ok" else "",
                )
            )
        )
    columns = (
        Column("Quantity"),
        Column("Truth", "number"),
        Column("Estimate", "number"),
        Column("95% interval", "interval", "%"),
        Column("Counts"),
    )
    caption = "What the simulated registry holds"
    return Table("realised", caption, columns, tuple(lines), notes.notes())


def _name(row: Estimate) -> str:
    if row.time is None:
        return named(row.term) + (f", {row.level}" if row.level else "")
    years = row.time / DAYS_A_YEAR
    return f"{named(row.term)}, {years:g} year{'' if years == 1 else 's'}"


def assumptions(rows: Rows) -> Table | None:
    """Every assumption of the simulator with its source; a file, too long for the page."""
    found = [row for row in rows.numbers(question="truth", measure="parameter") if not row.model]
    show(*found)
    lines = tuple(
        TableRow((row.term, row.level, numbers.factor(row.estimate), row.unit, row.reason))
        for row in found
    )
    heads = ("Parameter", "Level", "Value", "Unit", "What it is")
    columns = tuple(Column(head) for head in heads)
    if not lines:
        return None
    return Table("assumptions", "Assumptions of the simulation", columns, lines, in_page=False)
