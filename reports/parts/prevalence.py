"""How common is it?"""

from __future__ import annotations

from data_schema.results import Estimate
from reports.blocks import Block, Column, Listing, Part, Table, TableRow, present
from reports.facts import Facts
from reports.figures import prevalence as dots
from reports.parts.presence import absence, has_numbers, refused
from reports.rows import Rows
from reports.tables import prevalence as table
from reports.text import numbers
from reports.text import prevalence as text


def part(rows: Rows, facts: Facts) -> Part:
    title, question = "Prevalence", "How common is it?"
    if not table.rows_of(rows):
        return Part("prevalence", title, question, tuple(absence("how_common", rows, facts)))
    hidden = [] if has_numbers(rows, "how_common") else absence("how_common", rows, facts)
    blocks: list[Block | None] = [
        *hidden,
        _readings(rows, facts),
        _by_group(rows, facts),
        table.table(rows, facts),
        _published(rows, facts),
        *refused("how_common", rows),
    ]
    return Part("prevalence", title, question, present(*blocks))


def _readings(rows: Rows, facts: Facts) -> Listing | None:
    said = tuple(text.sentences(rows, facts))
    band = text.claim(rows, facts)
    title = f"Against the claimed {numbers.bounds(band)}%" if band else "Prevalence"
    return Listing(title, said) if said else None


def _by_group(rows: Rows, facts: Facts) -> Block | None:
    found = text.group_rows(rows, facts)
    when = found[0].term if found else ""
    caption = (
        f"Prevalence on {when} by group, with exact 95% intervals; "
        "groups are not adjusted for each other."
    )
    return dots.draw("prevalence_by_group", caption, found, text.claim(rows, facts))


def _published(rows: Rows, facts: Facts) -> Table | None:
    found = rows.where(question="how_common", measure="published")
    if not found or not facts.is_calcinosis:
        return None
    lines = tuple(TableRow((_name(row), _value(row), row.reason)) for row in found)
    columns = (Column("Published figure"), Column("Value"), Column("Source"))
    return Table("published_prevalence", "Published figures, for comparison", columns, lines)


def _name(row: Estimate) -> str:
    return "The case report's claim" if row.term == "claim" else row.term


def _value(row: Estimate) -> str:
    if row.estimate is None:
        return f"{numbers.bounds(row)}%"
    inside = numbers.bounds(row)
    return numbers.estimate(row) + (f" ({inside})" if inside else "")
