"""How common is it?"""

from __future__ import annotations

from reports.blocks import Block, Listing, Paragraph, Part, paragraphs, present
from reports.figures import false_share
from reports.figures import prevalence as dots
from reports.figures import prevalence_trend as trend_figure
from reports.figures.prevalence_trend import year_of
from reports.metadata import Metadata
from reports.parts.presence import absence, has_numbers, refused
from reports.rows import Rows
from reports.tables import prevalence as table
from reports.tables import prevalence_checks as checks
from reports.tables import prevalence_definitions as definitions
from reports.tables import published
from reports.text import prevalence as text
from reports.text import prevalence_checks as says
from reports.text import prevalence_definitions as definition_text
from reports.wording import numbers

CRUDE = (
    "Groups and dates are crude proportions of recorded disease: neither standardised to another "
    "population nor corrected for misclassification."
)


def part(rows: Rows, metadata: Metadata) -> Part:
    title, question = "Prevalence", "How common is it?"
    if not table.rows_of(rows):
        return Part("prevalence", title, question, tuple(absence("how_common", rows, metadata)))
    hidden = [] if has_numbers(rows, "how_common") else absence("how_common", rows, metadata)
    blocks: list[Block | None] = [
        *hidden,
        *_by_definition(rows, metadata),
        published.table(rows, "how_common") if metadata.is_calcinosis else None,
        _by_group(rows, metadata),
        table.table(rows, metadata),
        table.by_group(rows, metadata),
        Paragraph(CRUDE),
        *_over_time(rows, metadata),
        checks.adjusted(rows, metadata),
        *_errors(rows, metadata),
        checks.ascertainment(rows, metadata),
        *paragraphs([centres] if (centres := says.centres(rows)) else []),
        definitions.denominators(rows, metadata),
        definitions.period_years(rows, metadata),
        *refused("how_common", rows),
    ]
    return Part("prevalence", title, question, present(*blocks))


def _by_definition(rows: Rows, metadata: Metadata) -> list[Block | None]:
    """Verdicts by definition of prevalence; without any, where the intervals lie."""
    band = text.claim(rows, metadata)
    tested = definition_text.in_protocol(rows, metadata) if band is not None else []
    if band is None or not tested:
        said = tuple(text.sentences(rows, metadata))
        title = f"Against the claimed {numbers.bounds(band)}%" if band else "Prevalence"
        return [Listing(title, said) if said else None]
    without = tuple(definition_text.without_verdict(rows, metadata, band))
    return [
        Paragraph(says.evidence(band)),
        definitions.verdicts(rows, metadata, band),
        definitions.tests(rows, metadata, band),
        Listing("Definitions without a verdict", without) if without else None,
    ]


def _over_time(rows: Rows, metadata: Metadata) -> list[Block | None]:
    asked = metadata.protocol.get("prevalence") or {}
    dates = set(asked.get("trend_dates") or ())
    dated = [row for row in text.dated_rows(rows, metadata) if row.term in dates]
    breaks = [(year_of(one["date"]), one["date"][:7]) for one in asked.get("breaks") or ()]
    caption = (
        "Known cases among people on dialysis at each date, exact 95% intervals; shaded, "
        "the claimed range; dashed, changes of recording."
    )
    band = text.claim(rows, metadata)
    drawn = trend_figure.draw("prevalence_by_year", caption, dated, band, breaks)
    return [drawn, checks.trend(rows, metadata)] if dates else []


def _errors(rows: Rows, metadata: Metadata) -> list[Block | None]:
    points = rows.numbers(measure="false_share", model="specificity")
    caption = "Proportion of recorded cases that may be false, by the specificity of the records."
    return [
        checks.corrected(rows, metadata),
        *paragraphs(says.explained(rows)),
        false_share.draw("false_share", caption, points),
    ]


def _by_group(rows: Rows, metadata: Metadata) -> Block | None:
    found = text.group_rows(rows, metadata)
    when = found[0].term if found else ""
    caption = (
        f"Prevalence {'from' if ' to ' in when else 'on'} {when} by group, with exact 95% "
        "intervals; groups are not adjusted for each other."
    )
    return dots.draw("prevalence_by_group", caption, found, text.claim(rows, metadata))
