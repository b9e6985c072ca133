"""Laboratory values before and after parathyroidectomy, beside the published case."""

from __future__ import annotations

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from data_schema.results import Estimate
from reports.blocks import Drawing
from reports.figures import marks, style
from reports.rows import Rows, distinct
from reports.wording import numbers
from reports.wording.labels import named


def pairs(rows: Rows) -> list[tuple[str, Estimate, Estimate]]:
    """(analyte, before, after) where both are known, in SI units."""
    found = {
        measure: {row.term: row for row in rows.numbers(measure=measure, specification="primary")}
        for measure in ("lab_before", "lab_after")
    }
    both = [term for term in found["lab_before"] if term in found["lab_after"]]
    return [(t, found["lab_before"][t], found["lab_after"][t]) for t in distinct(both)]


def draw(rows: Rows) -> Drawing | None:
    found = pairs(rows)
    if not found:
        return None
    case = {row.term: row for row in rows.where(question="what_then", measure="published")}
    caption = (
        "Median and quartiles of the last value before and the first value in the window after "
        "parathyroidectomy. Diamonds: the published case. Each panel starts at zero."
    )
    size = (style.WIDTH, 2.35)
    return style.drawing(
        "parathyroidectomy_labs",
        caption,
        _alt(found, case),
        size,
        lambda f: _paint(f, found, case),
        (*(row for _, *pair in found for row in pair), *case.values()),
    )


def _paint(
    figure: Figure, found: list[tuple[str, Estimate, Estimate]], case: dict[str, Estimate]
) -> None:
    share = 1 / len(found)
    for place, (term, before, after) in enumerate(found):
        axes = figure.add_axes((place * share + 0.075, 0.14, share - 0.095, 0.68))
        _panel(axes, before, after)
        _case(axes, case.get(f"{term}_before"), case.get(f"{term}_after"))
        axes.set_title(f"{named(term)}\n{before.unit}", fontsize=8, loc="left", color=style.INK)
        axes.set_ylim(0, 1.06 * axes.dataLim.ymax)


def _panel(axes: Axes, before: Estimate, after: Estimate) -> None:
    ends = [
        marks.Dot(x, row.estimate or 0, row.lower, row.upper)
        for x, row in enumerate((before, after))
    ]
    marks.line(axes, [0, 1], [dot.estimate for dot in ends], style.MUTED, linewidth=0.8)
    marks.dots(axes, ends, style.INK, across="y", width=1.2)
    axes.set_xlim(-0.5, 1.5)
    axes.set_xticks([0, 1], ["before", "after"])
    style.light_grid(axes)


def _case(axes: Axes, before: Estimate | None, after: Estimate | None) -> None:
    at = [(x, row.estimate) for x, row in ((0.16, before), (1.16, after)) if row is not None]
    if not at:
        return
    x, y = zip(*at, strict=True)
    marks.line(axes, x, y, style.PUBLISHED, linewidth=0.7, linestyle=(0, (2, 2)))
    marks.points(axes, x, y, style.PUBLISHED, size=3.6, marker="D")


def _alt(found: list[tuple[str, Estimate, Estimate]], case: dict[str, Estimate]) -> str:
    said = []
    for term, before, after in found:
        text = (
            f"{named(term)} ({before.unit}) {numbers.estimate(before)} "
            f"before, {numbers.estimate(after)} after"
        )
        published = [case.get(f"{term}_{when}") for when in ("before", "after")]
        if all(published):
            values = " and ".join(numbers.estimate(row) for row in published)
            text += f" (the case: {values})"
        said.append(text)
    return f"Medians: {'; '.join(said)}."
