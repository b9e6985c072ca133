"""How common is it?"""

from __future__ import annotations

from reports.blocks import Block, Listing, Paragraph, Part, present
from reports.facts import Facts
from reports.figures import prevalence as dots
from reports.parts.presence import absence, has_numbers, refused
from reports.rows import Rows
from reports.tables import prevalence as table
from reports.tables import published
from reports.text import numbers
from reports.text import prevalence as text

CRUDE = (
    "These are crude shares of recorded disease: neither standardised to another population nor "
    "corrected for misclassification."
)


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
        table.by_group(rows, facts),
        Paragraph(CRUDE),
        published.table(rows, "how_common") if facts.is_calcinosis else None,
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
