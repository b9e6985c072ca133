"""The hazard of onset over years on dialysis or over age: kernel with its band, spline beside."""

from __future__ import annotations

from itertools import chain

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from data_schema.follow_up import DAYS_A_YEAR
from data_schema.results import Estimate
from reports.blocks import Drawing
from reports.figures import curves, marks, style
from reports.metadata import Metadata
from reports.rows import Rows, distinct
from reports.wording import numbers
from reports.wording.labels import named, upper_first

NAMES = {"kernel": "Kernel", "royston_parmar": "Spline"}
LOOKS = ((style.EVENT["onset"], "-"), (style.MUTED, "--"), (style.INK, ":"), (style.RULE, "-."))
TALLEST = 4.0  # the axis ends at so many times the highest estimate
CUT = " Where a band ends, it reaches beyond the axis."


def draw(rows: Rows, metadata: Metadata, strata: str = "") -> Drawing | None:
    """None where no hazard was released. ``strata``: none, or the age time scale."""
    lines = {model: _points(rows, model, strata) for model in NAMES}
    lines = {model: points for model, points in lines.items() if len(points) > 2}
    if not lines:
        return None
    by_age = strata == "time_scale=age"
    axis = "Age, years" if by_age else f"Years since {metadata.time_zero}"
    name = "onset_hazard_age" if by_age else "onset_hazard"
    caption = (
        f"Hazard of onset over {'age' if by_age else 'time since ' + metadata.time_zero}, with "
        f"95% bands: a kernel smoother and a Royston–Parmar spline, both with late entry.{CUT}"
    )
    size = (style.WIDTH, 2.7)
    shown = chain.from_iterable(lines.values())
    return style.drawing(
        name, caption, _alt(lines, axis), size, lambda f: _paint(f, lines, axis), shown
    )


def draw_levels(rows: Rows, metadata: Metadata, dimension: str) -> Drawing | None:
    """Kernel hazards of the levels of a dimension that have one; None for fewer than two."""
    levels = distinct(row.strata for row in rows.numbers(measure="onset_hazard"))
    levels = [one for one in levels if one.startswith(f"{dimension}=")]
    lines = {one.partition("=")[2]: _points(rows, "kernel", one) for one in levels}
    lines = {one: points for one, points in lines.items() if len(points) > 2}
    if len(lines) < 2:
        return None
    axis = f"Years since {metadata.time_zero}"
    caption = f"Hazard of onset by {named(dimension).lower()}, kernel, with 95% bands.{CUT}"
    size = (style.WIDTH, 2.7)
    name = f"onset_hazard_{dimension}"
    shown = chain.from_iterable(lines.values())
    return style.drawing(
        name, caption, _alt(lines, axis), size, lambda f: _paint(f, lines, axis), shown
    )


def _points(rows: Rows, model: str, strata: str) -> list[Estimate]:
    found = rows.numbers(
        measure="onset_hazard", model=model, strata=strata, specification="primary"
    )
    return sorted(found, key=_place)


def _place(row: Estimate) -> float:
    return row.x if row.x is not None else (row.time or 0) / DAYS_A_YEAR


def _paint(figure: Figure, lines: dict[str, list[Estimate]], axis: str) -> None:
    axes = figure.add_axes((0.13, 0.19, 0.64, 0.77))
    whole = [row for points in lines.values() for row in points]
    highest = max(row.estimate or 0 for row in whole)
    top = min(max(row.upper or 0 for row in whole), TALLEST * highest)
    axes.set_xlim(min(0.0, *map(_place, whole)) if "Age" not in axis else min(map(_place, whole)))
    axes.set_xlim(right=max(map(_place, whole)))
    axes.set_ylim(0, 1.05 * top)
    axes.set_xlabel(axis)
    axes.set_ylabel("Onsets per 1,000 person-years")
    style.light_grid(axes)
    ends = []
    for number, (name, points) in enumerate(lines.items()):
        colour, dash = LOOKS[number % len(LOOKS)]
        _line(axes, points, colour, dash, 1.05 * top)
        text = style.wrapped(NAMES.get(name, upper_first(named(name))), 14)
        ends.append((_place(points[-1]), points[-1].estimate or 0, text, colour))
    curves.label_ends(axes, ends)


def _line(axes: Axes, points: list[Estimate], colour: str, dash: str, top: float) -> None:
    x = [_place(row) for row in points]
    marks.line(axes, x, [row.estimate or 0 for row in points], colour, linestyle=dash)
    low, high = ([getattr(row, end) or 0 for row in points] for end in ("lower", "upper"))
    fits = [end <= top for end in high]
    alpha = 0.18 if dash == "-" else 0.1
    axes.fill_between(x, low, high, where=fits, color=colour, alpha=alpha, lw=0)


def _alt(lines: dict[str, list[Estimate]], axis: str) -> str:
    said = []
    for model, points in lines.items():
        ends = (points[0], points[len(points) // 2], points[-1])
        values = "; ".join(f"{numbers.estimate(row)} at {_place(row):.1f}" for row in ends)
        said.append(f"{NAMES.get(model, named(model))}: {values}")
    return f"Hazard per 1,000 person-years. {axis}. {'. '.join(said)}."
