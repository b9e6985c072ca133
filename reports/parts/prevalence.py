"""How common is it?"""

from __future__ import annotations

from reports.blocks import Block, Listing, Paragraph, Part, paragraphs, present
from reports.facts import Facts
from reports.figures import false_share
from reports.figures import prevalence as dots
from reports.figures import prevalence_trend as trend_figure
from reports.figures.prevalence_trend import year_of
from reports.parts.presence import absence, has_numbers, refused
from reports.rows import Rows
from reports.tables import prevalence as table
from reports.tables import prevalence_checks as checks
from reports.tables import published, readings
from reports.text import prevalence as text
from reports.text import prevalence_checks as says
from reports.text import readings as reading_text
from reports.wording import numbers

CRUDE = (
    "Groups and dates are crude shares of recorded disease: neither standardised to another "
    "population nor corrected for misclassification."
)


def part(rows: Rows, facts: Facts) -> Part:
    title, question = "Prevalence", "How common is it?"
    if not table.rows_of(rows):
        return Part("prevalence", title, question, tuple(absence("how_common", rows, facts)))
    hidden = [] if has_numbers(rows, "how_common") else absence("how_common", rows, facts)
    blocks: list[Block | None] = [
        *hidden,
        *_readings(rows, facts),
        published.table(rows, "how_common") if facts.is_calcinosis else None,
        _by_group(rows, facts),
        table.table(rows, facts),
        table.by_group(rows, facts),
        Paragraph(CRUDE),
        *_over_time(rows, facts),
        checks.adjusted(rows, facts),
        *_errors(rows, facts),
        checks.ascertainment(rows, facts),
        *paragraphs([centres] if (centres := says.centres(rows)) else []),
        readings.denominators(rows, facts),
        readings.period_years(rows, facts),
        *refused("how_common", rows),
    ]
    return Part("prevalence", title, question, present(*blocks))


def _readings(rows: Rows, facts: Facts) -> list[Block | None]:
    """Verdicts by reading; where there are none, where the intervals lie."""
    band = text.claim(rows, facts)
    told = reading_text.readings(rows, facts) if band is not None else []
    if band is None or not told:
        said = tuple(text.sentences(rows, facts))
        title = f"Against the claimed {numbers.bounds(band)}%" if band else "Prevalence"
        return [Listing(title, said) if said else None]
    without = tuple(reading_text.without_verdict(rows, facts, band))
    return [
        Paragraph(says.evidence(band)),
        readings.verdicts(rows, facts, band),
        readings.tests(rows, facts, band),
        Listing("Readings without a verdict", without) if without else None,
    ]


def _over_time(rows: Rows, facts: Facts) -> list[Block | None]:
    asked = facts.protocol.get("prevalence") or {}
    dates = set(asked.get("trend_dates") or ())
    dated = [row for row in text.dated_rows(rows, facts) if row.term in dates]
    breaks = [(year_of(one["date"]), one["date"][:7]) for one in asked.get("breaks") or ()]
    caption = (
        "Known cases among people on dialysis at each date, exact 95% intervals; shaded, "
        "the claimed range; dashed, changes of recording."
    )
    band = text.claim(rows, facts)
    drawn = trend_figure.draw("prevalence_by_year", caption, dated, band, breaks)
    return [drawn, checks.trend(rows, facts)] if dates else []


def _errors(rows: Rows, facts: Facts) -> list[Block | None]:
    points = rows.numbers(measure="false_share", model="specificity")
    caption = "Share of the recorded cases that may be false, by the specificity of the records."
    return [
        checks.corrected(rows, facts),
        *paragraphs(says.explained(rows)),
        false_share.draw("false_share", caption, points),
    ]


def _by_group(rows: Rows, facts: Facts) -> Block | None:
    found = text.group_rows(rows, facts)
    when = found[0].term if found else ""
    caption = (
        f"Prevalence {'from' if ' to ' in when else 'on'} {when} by group, with exact 95% "
        "intervals; groups are not adjusted for each other."
    )
    return dots.draw("prevalence_by_group", caption, found, text.claim(rows, facts))
