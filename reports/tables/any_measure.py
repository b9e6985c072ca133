"""Rows of any measure as a table: their keys, the number, its interval, what is behind it."""

from __future__ import annotations

from collections.abc import Sequence

from data_schema.measures import Measure
from data_schema.results import Estimate
from reports.blocks import Column, Table, TableRow
from reports.metadata import Metadata
from reports.rows import distinct, own_reason
from reports.tables.cells import Footnotes
from reports.wording import keys, numbers

COUNTS = {
    "proportion": ("Numerator", "Denominator"),
    "curve": ("Events so far", "At risk"),
    "ratio": ("Events", "People"),
    "rate": ("Numerator", ""),
    "summary": ("", "People"),
}


def table(measure: Measure, name: str, rows: Sequence[Estimate], metadata: Metadata) -> Table:
    """One line a row but those that the policy hides without more to say: these are counted."""
    notes = Footnotes(metadata.release["min_count"])
    shown = [row for row in rows if row.status != "suppressed" or own_reason(row)]
    told = distinct(own_reason(row) for row in shown if row.status == "suppressed")
    lines = [keys.keys_of(row, metadata) for row in shown]
    kept = keys.telling(lines)
    counts = COUNTS.get(measure.kind, ("", ""))
    columns = [Column(keys.HEADS[place]) for place in kept]
    columns += [Column("Estimate", "number", _unit(shown)), Column("Interval", "interval")]
    columns += [Column(head, "number") for head in counts if head]
    body = tuple(
        TableRow(
            (
                *(line[place] for place in kept),
                notes.cell(row) or numbers.NO_NUMBER,
                numbers.bounds(row),
                *_behind(row, counts),
            )
        )
        for row, line in zip(shown, lines, strict=True)
    )
    hidden = len(rows) - len(shown)
    more = f"{hidden:,} more {'is' if hidden == 1 else 'are'} hidden by the release policy."
    said = notes.notes(measure.note, *told, more if hidden else "")
    return Table(name, measure.title, tuple(columns), body, said)


def _unit(shown: Sequence[Estimate]) -> str:
    """The unit, where it is one and the numbers do not carry it."""
    units = {row.unit for row in shown if not numbers.is_percent(row)}
    return units.pop() if len(units) == 1 else ""


def _behind(row: Estimate, counts: tuple[str, str]) -> list[str]:
    values = zip(counts, (row.numerator, row.denominator), strict=True)
    return [numbers.count(value) for head, value in values if head]
