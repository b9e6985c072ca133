"""Sentences on what follows parathyroidectomy."""

from __future__ import annotations

from data_schema.results import Estimate
from reports.rows import Rows, distinct, has_number
from reports.shown import show
from reports.wording import numbers

ALL, ACTIVE = "parathyroidectomy", "parathyroidectomy_with_active_disease"


def _people(rows: Rows, level: str) -> Estimate | None:
    return rows.first(question="what_then", measure="people", level=level)


def curve(rows: Rows) -> list[Estimate]:
    found = rows.numbers(
        question="what_then", measure="resolution", strata="", specification="primary"
    )
    return sorted(found, key=lambda row: row.time or 0)


def operated(rows: Rows) -> list[str]:
    every, active = _people(rows, ALL), _people(rows, ACTIVE)
    if every is None:
        return []
    text = f"{_shown(every)} had a parathyroidectomy during follow-up"
    if active is not None:
        text += f", {_shown(active, noun=False)} of them with active disease"
    return [f"{text}."]


def _shown(row: Estimate, *, noun: bool = True) -> str:
    show(row)
    if not has_number(row):
        return "A number of people hidden by the release policy" if noun else "a hidden number"
    return numbers.people(row.estimate) if noun else numbers.count(row.estimate)


def why_not(rows: Rows) -> list[str]:
    """Why resolution is not shown though operations are."""
    found = rows.where(question="what_then", measure="resolution")
    failed = [row for row in found if row.status == "not_estimable" and row.reason]
    if failed:
        show(*failed)
        return distinct(row.reason for row in failed)
    hidden = [row for row in found if row.status == "suppressed"]
    return ["How many resolved is hidden by the release policy: too few people."] if hidden else []


def resolved(rows: Rows) -> list[str]:
    points = curve(rows)
    if not points:
        return []
    first, last = points[0], points[-1]
    text = f"Resolution was recorded in {numbers.with_interval(first)} by {first.time:g} days"
    if last is not first:
        text += f" and in {numbers.estimate(last)} ({numbers.bounds(last)}) by {last.time:g} days"
    return [
        f"{text} after the operation.",
        "Resolution is seen only at a later assessment, and operations were not assigned. "
        "This is a description: it does not say that the operation caused it.",
    ]
