"""What the simulator put in beside what was estimated, on one log axis."""

from __future__ import annotations

from matplotlib.figure import Figure

from data_schema.results import Estimate
from reports.blocks import Drawing
from reports.figures import marks, style
from reports.figures.forest import log_ticks
from reports.metadata import Metadata
from reports.rows import has_number
from reports.wording import numbers

ROW_HEIGHT = 0.3
Pair = tuple[Estimate, Estimate]  # assumed, estimated


def draw(found: list[Pair], metadata: Metadata) -> Drawing | None:
    """None where no assumed ratio was estimated."""
    known = [pair for pair in found if has_number(pair[1]) and pair[1].lower and pair[1].upper]
    if not known:
        return None
    size = (style.WIDTH, 0.8 + ROW_HEIGHT * len(known))
    caption = (
        "Hazard ratios for onset: estimates with 95% intervals, and the assumed truth as open "
        "diamonds. Log axis."
    )
    alt, shown = _alt(known, metadata), (row for pair in known for row in pair)
    return style.drawing("truth", caption, alt, size, lambda f: _paint(f, known, metadata), shown)


def _paint(figure: Figure, known: list[Pair], metadata: Metadata) -> None:
    height = figure.get_size_inches()[1]
    axes = figure.add_axes((0.46, 0.5 / height, 0.33, 1 - 0.6 / height))
    axes.set_xscale("log")
    lows = [min(row.lower or 1, true.estimate or 1) for true, row in known]
    highs = [max(row.upper or 1, true.estimate or 1) for true, row in known]
    axes.set_xlim(min(*lows, 0.8) / 1.08, max(*highs, 1.25) * 1.08)
    axes.axvline(1, color=style.MUTED, lw=0.7)
    where = axes.get_yaxis_transform()
    for y, (true, row) in enumerate(known):
        colour = style.event_colour(row.outcome, metadata)
        marks.dots(axes, [marks.Dot(y, row.estimate or 1, row.lower, row.upper)], colour)
        at = ([true.estimate or 1], [y])
        marks.points(axes, *at, style.INK, size=6, marker="D", hollow=True, face="none")
        label = metadata.term_label(true.model, true.term)
        axes.text(-0.46 / 0.33, y, label, va="center", fontsize=7.2, transform=where)
        text = f"{numbers.estimate(row)}, truth {numbers.estimate(true)}"
        axes.text(1.03, y, text, va="center", fontsize=7.2, transform=where)
    axes.set_ylim(len(known) - 0.4, -0.6)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    log_ticks(axes)
    axes.set_xlabel("Hazard ratio")


def _alt(known: list[Pair], metadata: Metadata) -> str:
    said = [
        f"{metadata.term_label(true.model, true.term)}: truth {numbers.estimate(true)}, estimate "
        f"{numbers.estimate(row)} ({numbers.bounds(row)})"
        for true, row in known
    ]
    return f"Estimates beside the truth. {'; '.join(said)}."
