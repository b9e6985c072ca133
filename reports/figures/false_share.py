"""At each specificity, the share of recorded cases that error alone could explain."""

from __future__ import annotations

from matplotlib.figure import Figure

from data_schema.results import Estimate
from reports.blocks import Drawing
from reports.figures import marks, style
from reports.wording import numbers


def draw(name: str, caption: str, rows: list[Estimate]) -> Drawing | None:
    """The curve over specificities, worst on the left; None with fewer than two points."""
    points = sorted((row for row in rows if row.x is not None), key=lambda row: row.x or 0)
    if len(points) < 2:
        return None
    listed = "; ".join(f"at {100 * (p.x or 0):g}% {numbers.estimate(p)}" for p in points)
    alt = f"Proportion of recorded cases that may be false, by specificity: {listed}."
    size = (style.WIDTH, 2.1)
    return style.drawing(name, caption, alt, size, lambda f: _paint(f, points), points)


def _paint(figure: Figure, points: list[Estimate]) -> None:
    axes = figure.add_axes((0.12, 0.22, 0.84, 0.72))
    false = [10_000 * (1 - (row.x or 0)) for row in points]
    share = [100 * (row.estimate or 0) for row in points]
    marks.line(axes, false, share, style.EVENT["onset"])
    marks.points(axes, false, share, style.EVENT["onset"], size=5)
    for at, value, row in zip(false, share, points, strict=True):
        axes.annotate(
            numbers.estimate(row),
            (at, value),
            textcoords="offset points",
            xytext=(4, 5),
            fontsize=8,
        )
    axes.set_xscale("log")
    axes.set_xticks(false, [f"{100 * (row.x or 0):g}%" for row in points])
    axes.set_xticks([], minor=True)
    axes.set_xlim(max(false) * 1.35, min(false) / 1.6)
    axes.set_ylim(0, min(100, 1.25 * max(share)) if max(share) < 80 else 112)
    axes.set_xlabel("Specificity of the records")
    style.percent_axis(axes.yaxis, "May be false")
    style.light_grid(axes)
