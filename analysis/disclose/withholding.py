"""Withholds a count that would show, by subtraction, how few people a row leaves out.

A median over 19,997 of 20,000 people says that three have no value; a model with 295 of 300 events
says that five were left out. The statistic stays, the count beside it goes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from analysis.disclose.policy import Policy
from data_schema.results import Estimate


def withheld(rows: Sequence[Estimate], policy: Policy) -> list[Estimate]:
    """The rows, without the counts of models and summaries that differ from a total by few."""
    if policy.min_count <= 1:
        return list(rows)
    people = _people(rows)
    events = _events(rows)
    return [_without(row, people, events, policy) for row in rows]


def _without(row: Estimate, people: dict, events: dict, policy: Policy) -> Estimate:
    kind = row.kind
    if kind not in ("summary", "difference", "ratio"):
        return row
    hidden: dict[str, None] = {}
    if _is_close(row.denominator, people.get(row.strata, ()), policy):
        hidden["denominator"] = None
    if kind == "ratio" and _is_close(row.numerator, events.get(_event(row), ()), policy):
        hidden["numerator"] = None
    return replace(row, **hidden) if hidden else row  # type: ignore[arg-type]


def _is_close(count: float | None, totals: Iterable[float], policy: Policy) -> bool:
    return count is not None and any(0 < total - count < policy.min_count for total in totals)


def _people(rows: Sequence[Estimate]) -> dict[str, set[float]]:
    """Totals of people by stratum, wherever the release shows them."""
    found: dict[str, set[float]] = {}
    for row in rows:
        total = row.measure in ("people", "person_years") and not row.level
        if (total or _is_last_step(row)) and row.numerator is not None:
            found.setdefault(row.strata, set()).add(row.numerator)
    return found


def _is_last_step(row: Estimate) -> bool:
    return row.measure == "attrition" and row.level == "remaining"


def _events(rows: Sequence[Estimate]) -> dict[tuple[str, str], set[float]]:
    """Totals of events by cause and stratum."""
    found: dict[tuple[str, str], set[float]] = {}
    for row in rows:
        if row.measure in ("exits", "incidence_rate") and row.numerator is not None:
            found.setdefault(_event(row), set()).add(row.numerator)
    return found


def _event(row: Estimate) -> tuple[str, str]:
    return (row.level if row.measure == "exits" else row.outcome, row.strata)
