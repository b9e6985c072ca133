"""Read single events off a released curve: its supports have to be many events apart.

Points that say they lie on a line, or are held, have to do so: then they hold nothing of their own.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence

from data_schema.results import Estimate

DERIVED = ("on the line between days", "held since day")
CLOSE = 1e-4  # relative: the file that leaves has a fixed number of digits

Range = Callable[[float], tuple[float, float]]


def readable_steps(
    rows: Sequence[Estimate], min_count: int, shown_range: Range
) -> Iterator[tuple[str, float]]:
    """(id, most events) of points that differ from the one before by few events."""
    for points in _curves(rows):
        before: Estimate | None = None
        for i, point in enumerate(points):
            if point.reason.startswith(DERIVED):
                if not _is_on_line(point, before, _next_support(points[i:])):
                    yield point.id, 0.0
                continue
            if before is not None and before.estimate != point.estimate:
                most = shown_range(point.numerator or 0.0)[1]
                most -= shown_range(before.numerator or 0.0)[0]
                if most < min_count:
                    yield point.id, most
            before = point


def _curves(rows: Sequence[Estimate]) -> list[list[Estimate]]:
    curves: dict[tuple, list[Estimate]] = defaultdict(list)
    for row in rows:
        if row.kind == "curve" and row.numerator is not None:
            key = (row.question, row.measure, row.population, row.outcome, row.model, row.term)
            curves[(*key, row.level, row.strata, row.specification, row.x)].append(row)
    return [sorted(points, key=lambda row: row.time or 0.0) for points in curves.values()]


def _next_support(points: Sequence[Estimate]) -> Estimate | None:
    return next((p for p in points if not p.reason.startswith(DERIVED)), None)


def _is_on_line(point: Estimate, left: Estimate | None, right: Estimate | None) -> bool:
    if left is None:
        return False
    for name in ("estimate", "lower", "upper", "std_error"):
        value, one = getattr(point, name), getattr(left, name)
        if right is not None and one is not None and getattr(right, name) is not None:
            share = ((point.time or 0) - (left.time or 0)) / ((right.time or 0) - (left.time or 0))
            one += share * (getattr(right, name) - one)
        if value is not None and (one is None or not math.isclose(value, one, rel_tol=CLOSE)):
            return False
    return True
