"""How soon does it come?"""

from __future__ import annotations

from reports.blocks import Block, Drawing, Part, paragraphs, present
from reports.facts import Facts
from reports.figures import cumulative_incidence, survival
from reports.parts.presence import absence, has_numbers, refused
from reports.rows import Rows
from reports.tables import incidence as tables
from reports.tables import published
from reports.text import incidence as text


def part(rows: Rows, facts: Facts) -> Part:
    title = "Survival" if facts.is_death else "Incidence and onset"
    blocks: list[Block | None] = []
    if not has_numbers(rows, "how_soon"):
        blocks += absence("how_soon", rows, facts)
    blocks += [
        *paragraphs(text.horizons(rows, facts)),
        *_curves(rows, facts),
        *paragraphs([*text.rate(rows, facts), *text.timing(rows, facts)]),
        *paragraphs(text.calendar(rows, facts)),
        _calendar_curve(rows, facts),
        tables.horizons(rows, facts),
        tables.rates(rows, facts),
        published.table(rows, "how_soon") if facts.is_calcinosis else None,
        *(refused("how_soon", rows) if has_numbers(rows, "how_soon") else []),
    ]
    return Part("incidence", title, f"How soon after {facts.time_zero}?", present(*blocks))


def _curves(rows: Rows, facts: Facts) -> list[Drawing | None]:
    if facts.is_death:
        axis = f"Years since {facts.time_zero}"
        alone = survival.draw(rows, "", axis, f"since {facts.time_zero}")
        if alone is not None:
            return [alone]
    return [cumulative_incidence.draw(rows, facts)]


def _calendar_curve(rows: Rows, facts: Facts) -> Drawing | None:
    start = facts.population["data_start"]
    sentence = f"on the calendar since {start}, people entering as they start"
    return survival.draw(rows, "time_scale=calendar", f"Years since {start}", sentence)
