"""Proportion of people with a laboratory value: a heat map, a row an analyte, a column a year."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure

from data_schema.results import Estimate
from reports.blocks import Drawing
from reports.figures import marks, style
from reports.rows import Rows, distinct
from reports.wording import numbers
from reports.wording.labels import named

ROW = 0.23  # inches
LEFT, RIGHT, FRAME = 1.45, 0.06, 0.35
NARROWEST = 0.24  # inches of a cell that a number has room in


def draw(rows: Rows) -> Drawing | None:
    found = [row for row in rows.numbers(measure="completeness", strata="") if row.x is not None]
    if not found:
        return None
    lines = {
        term: sorted((r for r in found if r.term == term), key=lambda r: r.x or 0)
        for term in distinct(row.term for row in found)
    }
    caption = (
        "People on dialysis in a year who have at least one value, per cent. "
        "The darker a cell, the more have one."
    )
    size = (style.WIDTH, ROW * len(lines) + FRAME)
    return style.drawing(
        "completeness", caption, _alt(lines), size, lambda f: _paint(f, found, list(lines)), found
    )


def _paint(figure: Figure, found: list[Estimate], terms: list[str]) -> None:
    width, height = figure.get_size_inches()
    years = sorted({row.x or 0 for row in found})
    years = [float(year) for year in range(int(years[0]), int(years[-1]) + 1)]
    axes = figure.add_axes(
        (LEFT / width, FRAME / height, 1 - (LEFT + RIGHT) / width, 1 - FRAME / height)
    )
    grid = (
        pd.DataFrame(
            {
                "term": [r.term for r in found],
                "year": [r.x for r in found],
                "share": [r.estimate for r in found],
            }
        )
        .pivot(index="term", columns="year", values="share")
        .reindex(index=terms, columns=years)
    )
    room = (width - LEFT - RIGHT) / len(years)
    marks.heat_map(axes, grid, grid.map(_word if room >= NARROWEST else lambda _: ""), size=7.2)
    axes.set_yticks([place + 0.5 for place in range(len(terms))], map(named, terms), rotation=0)
    step = 1 if room >= 0.35 else 2 if room >= 0.18 else 5
    shown = [place for place in range(len(years)) if (len(years) - 1 - place) % step == 0]
    axes.set_xticks([place + 0.5 for place in shown], [f"{years[p]:.0f}" for p in shown])
    axes.tick_params(length=0)


def _word(share: float) -> str:
    return f"{100 * share:.0f}" if pd.notna(share) else ""


def _alt(lines: dict[str, list[Estimate]]) -> str:
    said = [
        f"{named(term)} from {numbers.estimate(line[0])} in {line[0].x:.0f} "
        f"to {numbers.estimate(line[-1])} in {line[-1].x:.0f}"
        for term, line in lines.items()
    ]
    return f"Completeness by year: {'; '.join(said)}."
