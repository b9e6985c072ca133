"""The rate of onset under every choice, in order of its size, the primary one marked."""

from __future__ import annotations

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from data_schema.results import Estimate
from reports.blocks import Drawing
from reports.figures import marks, style
from reports.metadata import Metadata
from reports.rows import Rows, has_number
from reports.text import specifications
from reports.wording import numbers

ROW = 0.21  # inches
LEFT = 0.44


def draw(rows: Rows, metadata: Metadata) -> Drawing | None:
    """None unless the primary rate and another one may be shown."""
    found = [row for row in specifications.rates(rows) if has_number(row)]
    if len(found) < 2 or found[0].specification != "primary":
        return None
    found = sorted(found, key=lambda row: row.estimate or 0.0)
    size = (style.WIDTH, ROW * len(found) + 0.75)
    colour = style.event_colour("onset", metadata)

    def paint(figure: Figure) -> None:
        height = figure.get_size_inches()[1]
        axes = figure.add_axes((LEFT, 0.5 / height, 0.97 - LEFT, 1 - 0.6 / height))
        _paint(axes, found, colour)

    caption = (
        "Onset per 1,000 person-years under each choice, with 95% intervals. The line and the "
        "filled point are the primary choices."
    )
    return style.drawing("specification_curve", caption, _alt(found), size, paint, found)


def _paint(axes: Axes, found: list[Estimate], colour: str) -> None:
    for place, row in enumerate(found):
        primary = row.specification == "primary"
        ink = colour if primary else style.MUTED
        dot = marks.Dot(place, row.estimate or 0.0, row.lower, row.upper)
        marks.dots(axes, [dot], ink, width=1.3, hollow=not primary)
        if primary:
            axes.axvline(row.estimate or 0.0, color=colour, lw=0.6, zorder=0)
    words = [specifications.in_words(row.specification) for row in found]
    axes.set_yticks(range(len(found)), words, fontsize=7.4)
    axes.tick_params(axis="y", length=0)
    axes.set_ylim(len(found) - 0.4, -0.6)
    axes.set_xlim(left=0)
    axes.set_xlabel("Onsets per 1,000 person-years")
    axes.spines["left"].set_visible(False)
    style.light_grid(axes, "x")


def _alt(found: list[Estimate]) -> str:
    said = [
        f"{specifications.in_words(row.specification)}: {numbers.estimate(row)} "
        f"({numbers.bounds(row)})"
        for row in found
    ]
    return f"Rate of onset per 1,000 person-years by choice. {'; '.join(said)}."
