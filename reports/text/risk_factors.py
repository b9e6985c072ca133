"""Sentences on who gets it."""

from __future__ import annotations

import math

from data_schema.results import Estimate
from reports.metadata import Metadata
from reports.rows import Rows, distinct
from reports.shown import show
from reports.wording import numbers
from reports.wording.labels import event_name, lower_first

AT_MOST = 5


def of_interest(rows: Rows, metadata: Metadata) -> list[Estimate]:
    """Estimated ratios for the protocol's outcome."""
    found = rows.numbers(question="who", measure="hazard_ratio", strata="", specification="primary")
    wanted = ("onset", "death") if metadata.is_death else ("onset",)
    return [row for row in found if row.outcome in wanted and row.estimate]


def strongest(rows: Rows, metadata: Metadata) -> list[Estimate]:
    """The ratios furthest from 1 for the step each is stated for, at most five."""
    found = of_interest(rows, metadata)
    return sorted(found, key=lambda row: -abs(math.log(row.estimate or 1)))[:AT_MOST]


def one(row: Estimate, metadata: Metadata) -> str:
    return f"{metadata.term_label(row.model, row.term)}: {numbers.short_interval(row)}"


def behind(row: Estimate, metadata: Metadata) -> str:
    """The absolute numbers a ratio rests on."""
    counted = "events whose number is hidden"
    if row.numerator is not None:
        counted = numbers.people(row.numerator, "event", "events")
    among = f" among {numbers.people(row.denominator)}" if row.denominator is not None else ""
    over = f" over {numbers.count(row.person_years)} person-years" if row.person_years else ""
    return f"The ratios for {event_name(row.outcome, metadata)} rest on {counted}{among}{over}."


def sentences(rows: Rows, metadata: Metadata) -> list[str]:
    found = strongest(rows, metadata)
    if not found:
        return []
    return [
        f"{behind(found[0], metadata)} Each is for the step stated, the other terms held: an "
        "association, not the effect of changing a value."
    ]


def failures(rows: Rows, metadata: Metadata) -> list[str]:
    """Why ratios could not be estimated, once a reason."""
    asked = rows.where(question="who", measure="hazard_ratio", specification="primary")
    failed = [row for row in asked if row.status in ("not_estimable", "not_available", "refused")]
    show(*failed)
    said: dict[str, list[str]] = {}
    for outcome, reason in dict.fromkeys((row.outcome, row.reason) for row in failed):
        alike = [row for row in failed if (row.outcome, row.reason) == (outcome, reason)]
        every = len(alike) == len([row for row in asked if row.outcome == outcome])
        names = distinct(metadata.term_label(row.model, row.term) for row in alike)
        which = "No ratio" if every else f"No ratio for {'; '.join(names)}"
        said.setdefault(f"{which}|{reason}", []).append(event_name(outcome, metadata))
    return [
        f"{which} ({', '.join(events)}): {lower_first(reason)}"
        for (which, _, reason), events in ((key.partition("|"), said[key]) for key in said)
    ]
