"""Proportion with onset by each method at the last horizon: dots with intervals."""

from __future__ import annotations

from matplotlib.figure import Figure

from data_schema.follow_up import DAYS_A_YEAR
from data_schema.results import Estimate
from reports.blocks import Drawing
from reports.figures import marks, style
from reports.metadata import Metadata
from reports.rows import Rows, distinct
from reports.text.onset import METHODS
from reports.wording import numbers
from reports.wording.labels import named


def draw(rows: Rows, metadata: Metadata) -> Drawing | None:
    """The longest horizon at which the methods have a number."""
    found = [
        row
        for row in rows.numbers(measure="interval_incidence", model=METHODS)
        if row.time is not None
    ]
    if not found:
        return None
    last = max(row.time or 0 for row in found)
    shown = [row for row in found if row.time == last]
    years = last / DAYS_A_YEAR
    caption = (
        f"Proportion with onset by {years:g} years since {metadata.time_zero}, by how the time "
        "between assessments is treated, with 95% intervals (Turnbull: the undetermined range)."
    )
    size = (style.WIDTH, 0.75 + 0.27 * len(shown))
    alt = _alt(shown, years)
    return style.drawing(
        "onset_between_assessments", caption, alt, size, lambda f: _paint(f, shown), shown
    )


def _paint(figure: Figure, shown: list[Estimate]) -> None:
    height = figure.get_size_inches()[1]
    axes = figure.add_axes((0.36, 0.5 / height, 0.52, 1 - 0.6 / height))
    found = [marks.Dot(place, *style.percents(row)) for place, row in enumerate(shown)]
    marks.dots(axes, found, style.EVENT["onset"])
    for place, row in enumerate(shown):
        where = axes.get_yaxis_transform()
        axes.text(1.02, place, numbers.estimate(row), va="center", fontsize=8, transform=where)
    axes.set_yticks(range(len(shown)), [style.wrapped(named(row.model), 26) for row in shown])
    axes.tick_params(axis="y", length=0)
    axes.set_ylim(len(shown) - 0.5, -0.5)
    top = max(row.upper or row.estimate or 0 for row in shown)
    axes.set_xlim(0, 105 * top or 1.0)
    style.percent_axis(axes.xaxis, "Proportion with onset")
    style.light_grid(axes)


def _alt(shown: list[Estimate], years: float) -> str:
    said = [f"{named(row.model)} {numbers.with_interval(row)}" for row in shown]
    return f"Proportion with onset by {years:g} years. {'; '.join(distinct(said))}."
