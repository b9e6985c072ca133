"""How soon does it come?"""

from __future__ import annotations

from reports.blocks import Block, Drawing, Part, paragraphs, present
from reports.facts import Facts
from reports.figures import between_looks, cumulative_incidence, onset_hazard, survival
from reports.parts.presence import absence, has_numbers, refused
from reports.rows import Rows
from reports.tables import incidence as tables
from reports.tables import onset as onset_tables
from reports.tables import published
from reports.text import incidence as text
from reports.text import onset


def part(rows: Rows, facts: Facts) -> Part:
    title = "Survival" if facts.is_death else "Incidence and onset"
    blocks: list[Block | None] = []
    if not has_numbers(rows, "how_soon"):
        blocks += absence("how_soon", rows, facts)
    blocks += [
        *paragraphs(text.horizons(rows, facts)),
        *_curves(rows, facts),
        *paragraphs([*onset.naive(rows, facts), *onset.late_entry(rows, facts)]),
        *paragraphs([*text.rate(rows, facts), *text.timing(rows, facts)]),
        *_onset(rows, facts),
        *paragraphs(text.calendar(rows, facts)),
        _calendar_curve(rows, facts),
        tables.horizons(rows, facts),
        onset_tables.time_lost(rows, facts),
        *paragraphs(onset.predicted(rows)),
        onset_tables.predicted(rows, facts),
        tables.rates(rows, facts),
        published.table(rows, "how_soon") if facts.is_calcinosis else None,
        *(refused("how_soon", rows) if has_numbers(rows, "how_soon") else []),
    ]
    return Part("incidence", title, f"How soon after {facts.time_zero}?", present(*blocks))


def _onset(rows: Rows, facts: Facts) -> list[Block | None]:
    """What a mean means, onset between looks, the hazard, and who enters late."""
    return [
        *paragraphs(onset.mean_among_cases(rows)),
        onset_tables.mean_onset(rows, facts),
        *paragraphs([*onset.negative(rows, facts), *onset.between_looks(rows)]),
        between_looks.draw(rows, facts),
        onset_tables.between_looks(rows, facts),
        *paragraphs(onset.hazard(rows)),
        onset_hazard.draw(rows, facts),
        onset_hazard.draw(rows, facts, "time_scale=age"),
        onset_hazard.draw_levels(rows, facts, "era"),
        onset_hazard.draw_levels(rows, facts, "modality"),
        *paragraphs(onset.entry_and_onset(rows)),
    ]


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
