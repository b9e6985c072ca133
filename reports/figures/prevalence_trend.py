"""Prevalence at the end of each year, with the dates on which recording changed."""

from __future__ import annotations

from matplotlib.figure import Figure

from data_schema.results import Estimate
from reports.blocks import Drawing
from reports.figures import marks, style
from reports.wording import numbers

FEWEST = 3


def draw(
    name: str,
    caption: str,
    rows: list[Estimate],
    claim: Estimate | None,
    breaks: list[tuple[float, str]],
) -> Drawing | None:
    """Dots with intervals by year; ``breaks``: (year, what changed). None with too few dates."""
    if len(rows) < FEWEST:
        return None
    points = sorted(rows, key=lambda row: row.term)
    told = "; ".join(f"{row.term} {numbers.with_interval(row)}" for row in points)
    alt = f"Prevalence by date: {told}."
    size = (style.WIDTH, 2.3)
    return style.drawing(
        name, caption, alt, size, lambda f: _paint(f, points, claim, breaks), points
    )


def _paint(
    figure: Figure,
    points: list[Estimate],
    claim: Estimate | None,
    breaks: list[tuple[float, str]],
) -> None:
    axes = figure.add_axes((0.12, 0.16, 0.84, 0.72))
    years = [year_of(row.term) for row in points]
    if claim is not None:
        axes.axhspan(100 * (claim.lower or 0), 100 * (claim.upper or 0), color=style.BAND, lw=0)
    found = [marks.Dot(at, *style.percents(row)) for at, row in zip(years, points, strict=True)]
    marks.dots(axes, found, style.EVENT["onset"], across="y", width=1.2, size=4)
    axes.set_xlim(min(years) - 0.6, max(years) + 0.6)
    step = max(1, round(len(points) / 6))
    shown = list(zip(years, points, strict=True))[::step]
    axes.set_xticks([at for at, _ in shown], [_tick(row.term) for _, row in shown])
    axes.set_ylim(0, None)
    top = axes.get_ylim()[1]
    for at, says in breaks:
        if min(years) < at < max(years):
            axes.axvline(at, color=style.MUTED, lw=0.8, ls=(0, (3, 2)))
            axes.text(at, 1.03 * top, says, fontsize=7.5, ha="center", color=style.MUTED)
    style.percent_axis(axes.yaxis, "Known cases")


def _tick(date: str) -> str:
    """The year of a year's end; any other date in full."""
    return f"end {date[:4]}" if date.endswith("-12-31") else date


def year_of(date: str) -> float:
    """An ISO date as a year with its fraction."""
    year, month, day = (int(part) for part in date.split("-"))
    return year + (month - 1) / 12 + (day - 1) / 365
