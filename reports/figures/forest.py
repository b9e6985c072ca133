"""Hazard ratios for onset beside those for death and transplantation, on one log axis."""

from __future__ import annotations

import math

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from data_schema.results import Estimate
from reports.blocks import Drawing
from reports.figures import marks, style
from reports.metadata import Metadata
from reports.rows import Rows, distinct
from reports.wording import numbers
from reports.wording.labels import event_name, short_event

ORDER = ("onset", "death", "transplant", "recovery")
MARKERS = {"onset": "o", "death": "s", "transplant": "^", "recovery": "v"}
LETTER_POINTS = 4.9
LEFT_OUT = 400.0  # an upper end beyond this ratio of the estimate is cut at the axis
TICKS = (0.05, 0.1, 0.2, 0.25, 0.5, 0.8, 1, 1.25, 1.5, 2, 3, 4, 5, 8, 10, 20, 50)


def draw(rows: Rows, metadata: Metadata, model: str) -> Drawing | None:
    """One model's ratios; None where none was estimated."""
    found = rows.numbers(measure="hazard_ratio", model=model, strata="", specification="primary")
    found = [row for row in found if row.lower and row.upper and row.estimate]
    if not found:
        return None
    terms = distinct(row.term for row in found)
    outcomes = [one for one in ORDER if any(row.outcome == one for row in found)]
    band = 0.19 * len(outcomes) + 0.2
    size = (style.WIDTH, band * len(terms) + 0.85)
    caption = (
        f"Cause-specific hazard ratios with 95% intervals: {_names(outcomes, metadata)}. Log axis."
    )
    alt = _alt(found, metadata, model)
    labels = [metadata.term_label(model, term) for term in terms]
    names = [(one, short_event(one, metadata)) for one in outcomes]

    def paint(figure: Figure) -> None:
        height = figure.get_size_inches()[1]
        axes = figure.add_axes((0.31, 0.5 / height, 0.43, 1 - 0.85 / height))
        _paint(axes, metadata, found, terms, names)
        for place, label in enumerate(labels):
            where = axes.get_yaxis_transform()
            text = "\n".join(style.wrapped(piece, 27) for piece in label.split(", ", 1))
            axes.text(-0.31 / 0.43, place, text, va="center", fontsize=7.2, transform=where)
        axes.set_yticks([])
        right = 0.0
        for one, text in names:
            axes.annotate(
                text,
                (0, 1),
                xycoords="axes fraction",
                xytext=(right, 6),
                textcoords="offset points",
                color=style.letters(style.event_colour(one, metadata)),
                fontsize=8,
            )
            right += LETTER_POINTS * len(text) + 14

    return style.drawing(f"hazard_ratios_{model}", caption, alt, size, paint)


def _paint(
    axes: Axes,
    metadata: Metadata,
    found: list[Estimate],
    terms: list[str],
    names: list[tuple[str, str]],
) -> None:
    low = min(row.lower or 1 for row in found)
    high = max(min(row.upper or 1, LEFT_OUT * (row.estimate or 1)) for row in found)
    axes.set_xscale("log")
    axes.set_xlim(min(low, 0.8) / 1.08, max(high, 1.25) * 1.08)
    axes.axvline(1, color=style.MUTED, lw=0.7)
    offsets = _offsets(len(names))
    for row in found:
        place = next(i for i, (one, _) in enumerate(names) if one == row.outcome)
        y = terms.index(row.term) + offsets[place]
        colour = style.event_colour(row.outcome, metadata)
        dot = marks.Dot(y, row.estimate or 1, row.lower, row.upper)
        marks.dots(axes, [dot], colour, width=1.3, marker=MARKERS[row.outcome])
        text = f"{numbers.estimate(row)} ({numbers.bounds(row)})"
        axes.text(1.02, y, text, va="center", fontsize=6.8, transform=axes.get_yaxis_transform())
    axes.set_ylim(len(terms) - 0.5, -0.5)
    log_ticks(axes)
    axes.set_xlabel("Hazard ratio")
    axes.spines["left"].set_visible(False)


def _offsets(n: int) -> list[float]:
    step = 0.78 / max(n, 1)
    return [step * (k - (n - 1) / 2) for k in range(n)]


def log_ticks(axes: Axes) -> None:
    """Round ratios, as many as have room; 1 always."""
    low, high = axes.get_xlim()
    inside = [tick for tick in TICKS if low <= tick <= high]
    apart = math.log10(high / low) / 7
    kept: list[float] = []
    for tick in sorted(inside, key=lambda t: abs(math.log(t))):
        if all(abs(math.log10(tick / other)) >= apart for other in kept):
            kept.append(tick)
    axes.set_xticks(sorted(kept), [f"{tick:g}" for tick in sorted(kept)])
    axes.set_xticks([], minor=True)


def _names(outcomes: list[str], metadata: Metadata) -> str:
    return ", ".join(event_name(one, metadata) for one in outcomes)


def _alt(found: list[Estimate], metadata: Metadata, model: str) -> str:
    said = [
        f"{metadata.term_label(model, row.term)}, {event_name(row.outcome, metadata)}: "
        f"{numbers.estimate(row)} ({numbers.bounds(row)})"
        for row in found
    ]
    return f"Forest plot of hazard ratios. {'; '.join(said)}."
