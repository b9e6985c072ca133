"""Pieces that curve figures share: steps, bands, labels at line ends, numbers under the axis."""

from __future__ import annotations

import math

from matplotlib.axes import Axes

from data_schema.follow_up import DAYS_A_YEAR
from data_schema.results import Estimate
from reports.figures import marks, style
from reports.wording import numbers

LINE_HEIGHT_POINTS = 12
HIDDEN_START = 0.5  # years without a released point after which a curve is not drawn as level


def years_of(points: list[Estimate]) -> list[float]:
    return [(row.time or 0) / DAYS_A_YEAR for row in points]


def curve(
    axes: Axes, points: list[Estimate], colour: str, start: float, since: float = 0.0
) -> None:
    """A step function in percent from ``start`` at ``since`` years, with its pointwise interval.

    Where the first released point comes much later, what lies before it is not known to be level.
    """
    begins = (points[0].time or 0) / DAYS_A_YEAR if points else since
    first = [since] if since < begins <= since + HIDDEN_START else []
    x = first + years_of(points)
    y = [start] * len(first) + [100 * (row.estimate or 0) for row in points]
    marks.steps(axes, x, y, colour)
    known = [row for row in points if row.lower is not None and row.upper is not None]
    low = [100 * (row.lower or 0) for row in known]
    high = [100 * (row.upper or 0) for row in known]
    axes.fill_between(years_of(known), low, high, step="post", color=colour, alpha=0.18, lw=0)


def label_ends(axes: Axes, ends: list[tuple[float, float, str, str]]) -> None:
    """Names of lines (x, y, text, colour) right of the axes, moved apart where they touch.

    A line that ends before the axis does leads to its name, so that no other line runs through it.
    """
    low, high = axes.get_ylim()
    first, last = axes.get_xlim()
    width = axes.get_window_extent().width * 72 / axes.figure.dpi
    height = axes.get_window_extent().height * 72 / axes.figure.dpi
    tallest = max((text.count("\n") + 1 for _, _, text, _ in ends), default=1)
    gap = (high - low) * tallest * LINE_HEIGHT_POINTS / height
    places = style.spread([y for _, y, _, _ in ends], gap, max(high, *(y for _, y, _, _ in ends)))
    shifts = [(p - y) * height / (high - low) for (_, y, _, _), p in zip(ends, places, strict=True)]
    right = 14 if any(abs(shift) > LINE_HEIGHT_POINTS / 3 for shift in shifts) else 5
    for (x, y, text, colour), moved in zip(ends, shifts, strict=True):
        short = (last - x) * width / (last - first)
        is_moved = abs(moved) > LINE_HEIGHT_POINTS / 3 or short > LINE_HEIGHT_POINTS
        leader = {"arrowstyle": "-", "lw": 0.4, "color": colour, "shrinkA": 0, "shrinkB": 1}
        axes.annotate(
            text,
            (x, y),
            xytext=(short + right, moved),
            textcoords="offset points",
            va="center",
            color=style.letters(colour),
            arrowprops={**leader, "relpos": (0, 0.5)} if is_moved else None,
            annotation_clip=False,
        )


def year_ticks(end: float) -> list[float]:
    step = next((s for s in (0.5, 1, 2, 5, 10) if end / s <= 6), 20)
    return [step * k for k in range(math.floor(end / step + 1e-9) + 1)]


def last_before(points: list[Estimate], years: float) -> Estimate | None:
    """The last point at or before a time; None where the curve has ended or not begun."""
    days = years * DAYS_A_YEAR + 0.5
    earlier = [row for row in points if (row.time or 0) <= days]
    gone = bool(points) and days - (points[-1].time or 0) > 45
    return None if not earlier or gone else earlier[-1]


def counts_below(
    axes: Axes, ticks: list[float], lines: list[tuple[str, str, list[str]]], first_offset: float
) -> None:
    """Lines of counts (name, colour, one text a tick) under the axis, in time order."""
    for number, (name, colour, texts) in enumerate(lines):
        below = -(first_offset + number * LINE_HEIGHT_POINTS)
        axes.annotate(
            name,
            (0, 0),
            xycoords="axes fraction",
            xytext=(-20, below),
            textcoords="offset points",
            ha="right",
            color=style.letters(colour),
            fontsize=7.5,
        )
        for tick, text in zip(ticks, texts, strict=True):
            axes.annotate(
                text,
                (tick, 0),
                xycoords=("data", "axes fraction"),
                xytext=(0, below),
                textcoords="offset points",
                ha="center",
                fontsize=7.5,
            )


def at_risk_texts(points: list[Estimate], ticks: list[float]) -> list[str]:
    found = [last_before(points, tick) for tick in ticks]
    return [
        numbers.count(row.denominator) if row and row.denominator is not None else ""
        for row in found
    ]


def event_texts(points: list[Estimate], ticks: list[float]) -> list[str]:
    found = [last_before(points, tick) for tick in ticks]
    return [
        numbers.count(row.numerator) if row and row.numerator is not None else "" for row in found
    ]
