"""How soon does it come?"""

from __future__ import annotations

from reports.blocks import Block, Drawing, Part, paragraphs, present
from reports.figures import between_assessments, cumulative_incidence, onset_hazard, survival
from reports.metadata import Metadata
from reports.parts.presence import absence, has_numbers, refused
from reports.rows import Rows
from reports.tables import incidence as tables
from reports.tables import onset as onset_tables
from reports.tables import published
from reports.text import incidence as text
from reports.text import onset


def part(rows: Rows, metadata: Metadata) -> Part:
    title = "Survival" if metadata.is_death else "Incidence and onset"
    blocks: list[Block | None] = []
    if not has_numbers(rows, "how_soon"):
        blocks += absence("how_soon", rows, metadata)
    blocks += [
        *paragraphs(text.horizons(rows, metadata)),
        *_curves(rows, metadata),
        *paragraphs([*onset.naive(rows, metadata), *onset.late_entry(rows, metadata)]),
        *paragraphs([*text.rate(rows, metadata), *text.timing(rows, metadata)]),
        *_onset(rows, metadata),
        *paragraphs(text.calendar(rows, metadata)),
        _calendar_curve(rows, metadata),
        tables.horizons(rows, metadata),
        onset_tables.time_lost(rows, metadata),
        *paragraphs(onset.predicted(rows)),
        onset_tables.predicted(rows, metadata),
        tables.rates(rows, metadata),
        published.table(rows, "how_soon") if metadata.is_calcinosis else None,
        *(refused("how_soon", rows) if has_numbers(rows, "how_soon") else []),
    ]
    return Part("incidence", title, f"How soon after {metadata.time_zero}?", present(*blocks))


def _onset(rows: Rows, metadata: Metadata) -> list[Block | None]:
    """The mean among cases, onset between assessments, the hazard, and late entry."""
    return [
        *paragraphs(onset.mean_among_cases(rows)),
        onset_tables.mean_onset(rows, metadata),
        *paragraphs([*onset.negative(rows, metadata), *onset.between_assessments(rows)]),
        between_assessments.draw(rows, metadata),
        onset_tables.between_assessments(rows, metadata),
        *paragraphs(onset.hazard(rows)),
        onset_hazard.draw(rows, metadata),
        onset_hazard.draw(rows, metadata, "time_scale=age"),
        onset_hazard.draw_levels(rows, metadata, "era"),
        onset_hazard.draw_levels(rows, metadata, "modality"),
        *paragraphs(onset.entry_and_onset(rows)),
    ]


def _curves(rows: Rows, metadata: Metadata) -> list[Drawing | None]:
    if metadata.is_death:
        axis = f"Years since {metadata.time_zero}"
        alone = survival.draw(rows, "", axis, f"since {metadata.time_zero}")
        if alone is not None:
            return [alone]
    return [cumulative_incidence.draw(rows, metadata)]


def _calendar_curve(rows: Rows, metadata: Metadata) -> Drawing | None:
    start = metadata.population["data_start"]
    sentence = f"on the calendar since {start}, people entering as they start"
    return survival.draw(rows, "time_scale=calendar", f"Years since {start}", sentence)
