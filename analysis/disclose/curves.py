"""Curves leave as steps of at least ``min_count`` events.

A survival or incidence curve drops by a person's weight at a person's time, so a single event can
be read off a step whatever the rounding of the numbers beneath. Here the curve is *held*: a point
repeats the last point at which at least ``min_count`` events had been added, and nothing is shown
before the first such point except zero at time zero. Held points are low (for survival: high) by
the weight of fewer than ``min_count`` events. Numbers at risk are those of the day itself.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from analysis.disclose.counts import kind_of
from analysis.disclose.policy import Policy
from data_schema.results import Estimate

NUMBERS = ("estimate", "lower", "upper", "std_error", "p_value", "numerator")


def coarsened(rows: Sequence[Estimate], policy: Policy) -> tuple[list[Estimate], set[int]]:
    """Rows with curves held, and the places of the points to hide."""
    released = list(rows)
    hidden: set[int] = set()
    if not policy.hides:
        return released, hidden
    for places in _curves(rows):
        hidden.update(_hold(released, places, policy))
    return released, hidden


def _curves(rows: Sequence[Estimate]) -> list[list[int]]:
    """Places of the points of each curve, in the order of time."""
    groups: dict[tuple, list[int]] = defaultdict(list)
    for index, row in enumerate(rows):
        if kind_of(row) == "curve" and row.status in ("ok", "flagged"):
            key = (row.question, row.measure, row.population, row.outcome, row.model, row.term)
            groups[(*key, row.level, row.strata, row.specification, row.x)].append(index)
    return [sorted(group, key=lambda i: rows[i].time or 0.0) for group in groups.values()]


def _hold(rows: list[Estimate], places: list[int], policy: Policy) -> set[int]:
    """Hold one curve in place; the points that are hidden."""
    hidden: set[int] = set()
    held: Estimate | None = None
    events = 0.0
    for place in places:
        point = rows[place]
        if _is_start(point):
            rows[place] = replace(point, denominator=_visible(point, policy))
            continue
        if point.numerator is not None and point.numerator - events >= policy.min_count:
            held, events = point, point.numerator
        if held is None or _few_at_risk(point, policy):
            hidden.add(place)
            continue
        if point.numerator != held.numerator:
            numbers = {name: getattr(held, name) for name in NUMBERS}
            reason = f"held since day {held.time:g}: fewer than {policy.min_count} events since"
            rows[place] = replace(point, **numbers, reason=reason)
        elif point is not held:
            rows[place] = replace(point, **{name: getattr(held, name) for name in NUMBERS})
    return hidden


def _is_start(point: Estimate) -> bool:
    return not point.time and not point.numerator


def _few_at_risk(point: Estimate, policy: Policy) -> bool:
    few = max(policy.curve_min_at_risk, policy.min_count)
    return point.denominator is None or point.denominator < few


def _visible(point: Estimate, policy: Policy) -> float | None:
    return None if _few_at_risk(point, policy) else point.denominator
