"""Share of people with a laboratory value, by year, one labelled line an analyte."""

from __future__ import annotations

from matplotlib.figure import Figure

from data_schema.results import Estimate
from reports.blocks import Drawing
from reports.figures import curves, style
from reports.rows import Rows, distinct
from reports.text import numbers
from reports.text.labels import named

DASHES = ("-", (0, (5, 2)), (0, (1.5, 1.5)), (0, (6, 2, 1.5, 2)))


def draw(rows: Rows) -> Drawing | None:
    found = [row for row in rows.numbers(measure="completeness", strata="") if row.x is not None]
    if not found:
        return None
    lines = {
        term: sorted((r for r in found if r.term == term), key=lambda r: r.x or 0)
        for term in distinct(row.term for row in found)
    }
    caption = "Share of people on dialysis in a year who have at least one value."
    alt = _alt(lines)
    size = (style.WIDTH, 2.5)
    return style.drawing("completeness", caption, alt, size, lambda f: _paint(f, lines))


def _paint(figure: Figure, lines: dict[str, list[Estimate]]) -> None:
    axes = figure.add_axes((0.12, 0.17, 0.55, 0.79))
    axes.set_ylim(0, 102)
    ends = []
    for place, (term, line) in enumerate(lines.items()):
        x = [row.x or 0 for row in line]
        y = [100 * (row.estimate or 0) for row in line]
        axes.plot(x, y, color=style.INK, lw=1.1, ls=DASHES[place % 4], marker="o", ms=2.2)
        ends.append((x[-1], y[-1], named(term), style.INK))
    years = sorted({row.x or 0 for line in lines.values() for row in line})
    axes.set_xlim(years[0] - 0.2, years[-1] + 0.2)
    step = max(1, round(len(years) / 6))
    axes.set_xticks(years[::step], [f"{year:.0f}" for year in years[::step]])
    style.percent_axis(axes.yaxis, "With a value")
    style.light_grid(axes)
    curves.label_ends(axes, ends)


def _alt(lines: dict[str, list[Estimate]]) -> str:
    said = [
        f"{named(term)} from {numbers.estimate(line[0])} in {line[0].x:.0f} "
        f"to {numbers.estimate(line[-1])} in {line[-1].x:.0f}"
        for term, line in lines.items()
    ]
    return f"Completeness by year: {'; '.join(said)}."
