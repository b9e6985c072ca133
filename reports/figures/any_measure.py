"""Rows of any measure as a figure: curves over time, or estimates with intervals on one axis."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import cycle

from matplotlib.figure import Figure

from data_schema.measures import Measure
from data_schema.results import Estimate
from reports.blocks import Drawing
from reports.figures import curves, marks, style
from reports.figures.forest import log_ticks
from reports.metadata import Metadata
from reports.rows import has_number
from reports.wording import keys, numbers

MOST_LINES = 8  # more cannot be told apart by their names
MOST_MARKS = 40
LOOKS = tuple((style.INK, dash) for dash in ("-", "--", ":", "-."))
TIMES = keys.HEADS.index("Years")


def drawable(rows: Sequence[Estimate]) -> list[Estimate]:
    """Those that their measure's figure can hold; none where they are too many to be told apart."""
    shown = [row for row in rows if has_number(row)]
    if rows[0].declaration.display == "forest":
        kept = [row for row in shown if row.lower and row.upper and (row.estimate or 0) > 0]
        return kept if len(kept) <= MOST_MARKS else []
    lines = _lines([row for row in shown if row.time is not None])
    lines = {key: points for key, points in lines.items() if len(points) > 1}
    return [row for line in lines.values() for row in line] if len(lines) <= MOST_LINES else []


def _lines(rows: Sequence[Estimate]) -> dict[tuple, list[Estimate]]:
    """Points of each curve in time order."""
    found: dict[tuple, list[Estimate]] = {}
    for row in sorted(rows, key=lambda row: row.time or 0):
        key = (row.model, row.population, row.outcome, row.term, row.level, row.strata)
        found.setdefault((*key, row.specification, row.x), []).append(row)
    return found


def curve(measure: Measure, name: str, rows: list[Estimate], metadata: Metadata) -> Drawing:
    """A step function a line, named at its end, with its band."""
    lines = list(_lines(rows).values())
    names, shared = _names([line[0] for line in lines], metadata)
    scale = 100.0 if numbers.is_percent(rows[0]) else 1.0

    def paint(figure: Figure) -> None:
        axes = figure.add_axes((0.13, 0.17, 0.55, 0.79))
        ends = []
        for line, text, (colour, dash) in zip(lines, names, cycle(LOOKS), strict=False):
            x = curves.years_of(line)
            y = [scale * (row.estimate or 0) for row in line]
            marks.steps(axes, x, y, colour, linestyle=dash)
            known = [row for row in line if row.lower is not None and row.upper is not None]
            low, high = ([scale * getattr(r, e) for r in known] for e in ("lower", "upper"))
            x_known = curves.years_of(known)
            axes.fill_between(x_known, low, high, step="post", color=colour, alpha=0.12, lw=0)
            ends.append((x[-1], scale * (line[-1].estimate or 0), style.wrapped(text, 20), colour))
        axes.set_xlim(left=0)
        axes.set_ylim(bottom=min(0.0, *axes.get_ylim()))
        axes.set_xlabel(f"Years since {metadata.time_zero}")
        if scale == 100:
            style.percent_axis(axes.yaxis, measure.title)
        else:
            axes.set_ylabel(style.wrapped(f"{measure.title}, {measure.unit}".rstrip(", "), 40))
        style.light_grid(axes)
        curves.label_ends(axes, ends)

    said = (
        f"{text}: {numbers.estimate(line[-1])} at {curves.years_of(line)[-1]:.3g} years"
        for line, text in zip(lines, names, strict=True)
    )
    alt = f"{_caption(measure, shared)} {'; '.join(said)}."
    return style.drawing(name, _caption(measure, shared), alt, (style.WIDTH, 2.9), paint, rows)


def forest(measure: Measure, name: str, rows: list[Estimate], metadata: Metadata) -> Drawing:
    """A dot and its interval a row, the numbers beside them; log axis."""
    names, shared = _names(rows, metadata)
    names = [style.wrapped(text, 34) for text in names]
    tallest = max(text.count("\n") + 1 for text in names)
    height = 0.75 + (0.13 + 0.14 * tallest) * len(rows)

    def paint(figure: Figure) -> None:
        axes = figure.add_axes((0.42, 0.5 / height, 0.34, 1 - 0.6 / height))
        axes.set_xscale("log")
        low, high = min(r.lower or 1 for r in rows), max(r.upper or 1 for r in rows)
        axes.set_xlim(min(low, 0.8) / 1.08, max(high, 1.25) * 1.08)
        axes.axvline(1, color=style.MUTED, lw=0.7)
        where = axes.get_yaxis_transform()
        for place, (row, text) in enumerate(zip(rows, names, strict=True)):
            dot = marks.Dot(place, row.estimate or 1, row.lower, row.upper)
            marks.dots(axes, [dot], style.INK, width=1.3)
            shown = numbers.short_interval(row)
            axes.text(1.02, place, shown, va="center", fontsize=6.8, transform=where)
            axes.text(-1.2, place, text, va="center", fontsize=7.2, transform=where)
        axes.set_yticks([])
        axes.set_ylim(len(rows) - 0.5, -0.5)
        log_ticks(axes)
        axes.set_xlabel(measure.title)
        axes.spines["left"].set_visible(False)

    pairs = zip(rows, names, strict=True)
    said = "; ".join(f"{_flat(text)}: {numbers.short_interval(row)}" for row, text in pairs)
    alt = f"{_caption(measure, shared)} {said}."
    return style.drawing(name, _caption(measure, shared), alt, (style.WIDTH, height), paint, rows)


def _caption(measure: Measure, shared: str) -> str:
    of = f" ({shared})" if shared else ""
    return f"{measure.title}{of}, with 95% intervals. {measure.note}".strip()


def _names(rows: Sequence[Estimate], metadata: Metadata) -> tuple[list[str], str]:
    """What tells the rows apart, one name each; and the keys that they share, the model first."""
    lines = [keys.keys_of(row, metadata)[:TIMES] for row in rows]
    apart = [place for place in range(TIMES) if len({line[place] for line in lines}) > 1]
    shared = [lines[0][place] for place in range(TIMES) if place not in apart]
    return [keys.said([line[i] for i in apart]) or "All" for line in lines], keys.said(shared)


def _flat(text: str) -> str:
    return text.replace("\n", " ")
