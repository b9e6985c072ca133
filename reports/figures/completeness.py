"""Proportion of people with a laboratory value, by year, one small panel an analyte."""

from __future__ import annotations

import math

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from data_schema.results import Estimate
from reports.blocks import Drawing
from reports.figures import style
from reports.rows import Rows, distinct
from reports.wording import numbers
from reports.wording.labels import named

ACROSS = 4
PANEL = 1.25  # inches, with its name and years


def draw(rows: Rows) -> Drawing | None:
    found = [row for row in rows.numbers(measure="completeness", strata="") if row.x is not None]
    if not found:
        return None
    lines = {
        term: sorted((r for r in found if r.term == term), key=lambda r: r.x or 0)
        for term in distinct(row.term for row in found)
    }
    caption = "Proportion of people on dialysis in a year who have at least one value."
    alt = _alt(lines)
    size = (style.WIDTH, PANEL * math.ceil(len(lines) / ACROSS))
    return style.drawing("completeness", caption, alt, size, lambda f: _paint(f, lines), found)


def _paint(figure: Figure, lines: dict[str, list[Estimate]]) -> None:
    years = sorted({row.x or 0 for line in lines.values() for row in line})
    down = math.ceil(len(lines) / ACROSS)
    height = figure.get_size_inches()[1]
    for place, (term, line) in enumerate(lines.items()):
        at, level = place % ACROSS, place // ACROSS
        bottom = 1 - (level + 1) * PANEL / height + 0.28 / height
        axes = figure.add_axes((0.08 + 0.235 * at, bottom, 0.165, (PANEL - 0.6) / height))
        _panel(axes, term, line, years)
        axes.tick_params(
            labelleft=at == 0, labelbottom=level == down - 1 or place + ACROSS >= len(lines)
        )


def _panel(axes: Axes, term: str, line: list[Estimate], years: list[float]) -> None:
    """One analyte, its name above and its last value at the line's end."""
    x = [row.x or 0 for row in line]
    y = [100 * (row.estimate or 0) for row in line]
    axes.plot(x, y, color=style.INK, lw=1.2)
    axes.plot(x[-1], y[-1], "o", ms=2.6, color=style.INK)
    axes.annotate(
        numbers.estimate(line[-1]),
        (x[-1], y[-1]),
        xytext=(0, -9),
        textcoords="offset points",
        ha="right",
        fontsize=7.5,
    )
    axes.set_title(style.wrapped(named(term), 14), fontsize=8, loc="left", pad=3)
    axes.set_ylim(0, 104)
    axes.set_yticks([0, 50, 100])
    axes.set_xlim(years[0] - 0.4, years[-1] + 0.4)
    ends = sorted({years[0], years[-1]})
    axes.set_xticks(ends, [f"{year:.0f}" for year in ends], fontsize=7.5)
    style.percent_axis(axes.yaxis, "")
    style.light_grid(axes)


def _alt(lines: dict[str, list[Estimate]]) -> str:
    said = [
        f"{named(term)} from {numbers.estimate(line[0])} in {line[0].x:.0f} "
        f"to {numbers.estimate(line[-1])} in {line[-1].x:.0f}"
        for term, line in lines.items()
    ]
    return f"Completeness by year: {'; '.join(said)}."
