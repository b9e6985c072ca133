"""Kaplan-Meier curve with its band and numbers at risk, one figure a time scale."""

from __future__ import annotations

from matplotlib.figure import Figure

from data_schema.follow_up import DAYS_A_YEAR
from data_schema.results import Estimate
from reports.blocks import Drawing
from reports.figures import curves, style
from reports.rows import Rows
from reports.wording import numbers


def draw(rows: Rows, strata: str, axis: str, sentence: str) -> Drawing | None:
    """``axis`` names the time axis, ``sentence`` says what the curve counts from."""
    points = rows.curve("survival", "death", strata)
    if not points:
        return None
    name = "survival" + ("_" + strata.partition("=")[2] if strata else "")
    caption = (
        f"Kaplan–Meier survival {sentence}, with 95% band. Under the "
        "axis: people at risk and deaths so far."
    )
    size = (style.WIDTH, 3.3)
    return style.drawing(
        name, caption, _alt(points, axis), size, lambda f: _paint(f, points, axis), points
    )


def _paint(figure: Figure, points: list[Estimate], axis: str) -> None:
    axes = figure.add_axes((0.155, 0.29, 0.73, 0.68))
    end = (points[-1].time or 0) / DAYS_A_YEAR
    axes.set_xlim(0, end)
    axes.set_ylim(0, 102)
    ticks = curves.year_ticks(end)
    axes.set_xticks(ticks)
    axes.set_xlabel(axis)
    style.percent_axis(axes.yaxis, "Alive")
    style.light_grid(axes)
    colour = style.EVENT["death"]
    curves.curve(axes, points, colour, 100.0)
    last = points[-1]
    curves.label_ends(axes, [(end, 100 * (last.estimate or 0), numbers.estimate(last), colour)])
    lines = [
        ("At risk", style.INK, curves.at_risk_texts(points, ticks)),
        ("Deaths", colour, curves.event_texts(points, ticks)),
    ]
    curves.counts_below(axes, ticks, lines, 42)


def _alt(points: list[Estimate], axis: str) -> str:
    ticks = [t for t in curves.year_ticks((points[-1].time or 0) / DAYS_A_YEAR) if t > 0]
    found = [(tick, curves.last_before(points, tick)) for tick in ticks]
    said = "; ".join(f"{numbers.estimate(row)} at {tick:g}" for tick, row in found if row)
    return f"Survival curve with its band. {axis}: {said}."
