"""Sentences on how long people were followed."""

from __future__ import annotations

from reports.rows import Rows, has_number
from reports.shown import show
from reports.wording import numbers


def sentences(rows: Rows) -> list[str]:
    """Time at risk and median follow-up, where they may be shown."""
    said = []
    time = rows.first(question="follow_up", measure="person_years", strata="")
    if time is not None and has_number(time):
        show(time)
        years = f"{numbers.count(time.person_years)} person-years at risk"
        who = numbers.people(time.numerator) if time.numerator is not None else "People"
        said.append(f"{who} contributed {years}.")
    median = rows.first(question="follow_up", measure="follow_up_time", strata="")
    if median is not None and has_number(median):
        shown = numbers.with_interval(median)
        said.append(f"Median follow-up, by the reverse Kaplan–Meier method, was {shown} years.")
    return [*said, *_entries(rows), *_returned(rows), *_prevalent(rows)]


def _entries(rows: Rows) -> list[str]:
    late = rows.first(question="follow_up", measure="people", term="entry", level="late")
    day = rows.first(question="follow_up", measure="people", term="entry", level="on_the_day")
    time = rows.first(question="follow_up", measure="median", term="entry_years")
    if late is None or day is None or not late.estimate:
        return []
    show(day)
    text = (
        f"{numbers.people(day.estimate) if has_number(day) else numbers.HIDDEN} entered on the "
        f"protocol's day and {numbers.estimate(late)} later"
    )
    if time is not None and has_number(time):
        text += f", by then on dialysis for a median of {numbers.with_interval(time)} years"
    return [f"{text}; time before entry does not count."]


def _returned(rows: Rows) -> list[str]:
    """People who returned, and onsets outside every at-risk period."""
    said = []
    returned = rows.first(question="follow_up", measure="returned")
    if returned is not None:
        show(returned)
        said.append(
            f"{numbers.people(returned.estimate) if has_number(returned) else numbers.HIDDEN} left "
            "and returned. They count again from then on, on the same clock, and not in between."
        )
    found = {row.level: row for row in rows.where(question="follow_up", measure="onset_unobserved")}
    if len(found) == 2:
        between, after = found["between_at_risk_periods"], found["after_the_last_at_risk_period"]
        said.append(
            "Onset while not under observation is no event: "
            f"{numbers.estimate(between)} between two at-risk periods, "
            f"{numbers.estimate(after)} after the last one."
        )
    return said


def _prevalent(rows: Rows) -> list[str]:
    """People whose onset lies before entry: no new cases."""
    found = {row.level: row for row in rows.where(question="follow_up", measure="prevalent")}
    if len(found) < 2:
        return []
    before, after = found["before_dialysis"], found["from_dialysis_to_entry"]
    return [
        "Onset by the day of entry is prevalent and left out of the time to onset: "
        f"{numbers.estimate(before)} before dialysis began, {numbers.estimate(after)} from then "
        "to entry."
    ]
