"""Curves leave as lines between points that are at least ``min_count`` events apart.

A survival or incidence curve moves by a person's weight on a person's day, so a single event can be
read off a step whatever the rounding of the numbers beneath. Here a curve is released at *supports*
only: the points of the grid at which at least ``min_count`` events have been added since the last.
A point between two supports lies on the straight line between them, and after the last support the
curve is held; such points say so, and hold nothing that the supports do not. Nothing is shown
before the first support but zero at time zero. Numbers at risk are those of the day itself.

A line is off by the weight of fewer than ``min_count`` events, and not to one side, as a curve held
between supports would be.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from analysis.disclose.policy import Policy
from data_schema.results import Estimate

NUMBERS = ("estimate", "lower", "upper", "std_error", "p_value", "numerator")


def coarsened(rows: Sequence[Estimate], policy: Policy) -> tuple[list[Estimate], set[int]]:
    """Rows with curves coarsened, and the places of the points to hide."""
    released = list(rows)
    hidden: set[int] = set()
    if not policy.hides:
        return released, hidden
    for places in _curves(rows):
        supports = _supports(rows, places, policy)
        for place in places:
            point = _released(rows[place], supports, policy)
            if point is None:
                hidden.add(place)
            else:
                released[place] = point
    return released, hidden


def _curves(rows: Sequence[Estimate]) -> list[list[int]]:
    """Places of the points of each curve, in the order of time."""
    groups: dict[tuple, list[int]] = defaultdict(list)
    for index, row in enumerate(rows):
        if row.kind == "curve" and row.status in ("ok", "flagged"):
            key = (row.question, row.measure, row.population, row.outcome, row.model, row.term)
            groups[(*key, row.level, row.strata, row.specification, row.x)].append(index)
    return [sorted(group, key=lambda i: rows[i].time or 0.0) for group in groups.values()]


def _supports(rows: Sequence[Estimate], places: list[int], policy: Policy) -> list[Estimate]:
    """Points at which enough events were added, and enough people were at risk."""
    found: list[Estimate] = []
    events = 0.0
    for place in places:
        point = rows[place]
        if point.numerator is None or _few_at_risk(point, policy):
            continue
        if point.numerator - events >= policy.min_count:
            found.append(point)
            events = point.numerator
    return found


def _released(point: Estimate, supports: list[Estimate], policy: Policy) -> Estimate | None:
    """The point as it leaves; ``None`` where it is hidden."""
    if not point.time and not point.numerator:
        return replace(
            point, denominator=None if _few_at_risk(point, policy) else point.denominator
        )
    before = [support for support in supports if _day(support) <= _day(point)]
    if not before or _few_at_risk(point, policy):
        return None
    left = before[-1]
    if left is point:
        return point
    if len(before) == len(supports):
        reason = f"held since day {_day(left):g}: fewer than {policy.min_count} events since"
        return replace(point, **{n: getattr(left, n) for n in NUMBERS}, reason=_said(reason, point))
    return _between(point, left, supports[len(before)])


def _between(point: Estimate, left: Estimate, right: Estimate) -> Estimate:
    share = (_day(point) - _day(left)) / (_day(right) - _day(left))
    numbers: dict[str, float | None] = {}
    for name in NUMBERS:
        one, two = getattr(left, name), getattr(right, name)
        numbers[name] = None if one is None or two is None else one + share * (two - one)
    reason = f"on the line between days {_day(left):g} and {_day(right):g}"
    return replace(point, **numbers, reason=_said(reason, point))  # type: ignore[arg-type]


def _said(reason: str, point: Estimate) -> str:
    """Before what the row says anyway."""
    return f"{reason}. {point.reason}" if point.reason else reason


def _day(point: Estimate) -> float:
    return point.time or 0.0


def _few_at_risk(point: Estimate, policy: Policy) -> bool:
    few = max(policy.curve_min_at_risk, policy.min_count)
    return point.denominator is None or point.denominator < few
