"""Sentences on how long people were followed."""

from __future__ import annotations

from reports.rows import Rows, has_number
from reports.text import numbers


def sentences(rows: Rows) -> list[str]:
    """Time at risk and median follow-up, where they may be shown."""
    said = []
    time = rows.first(question="follow_up", measure="person_years", strata="")
    if time is not None and has_number(time):
        years = f"{numbers.count(time.person_years)} person-years at risk"
        who = numbers.people(time.numerator) if time.numerator is not None else "People"
        said.append(f"{who} contributed {years}.")
    median = rows.first(question="follow_up", measure="follow_up_time", strata="")
    if median is not None and has_number(median):
        shown = numbers.with_interval(median)
        said.append(f"Median follow-up, by the reverse Kaplan–Meier method, was {shown} years.")
    return said
