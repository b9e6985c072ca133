"""Dot and band: prevalence with its interval on the range the case report claims."""

from __future__ import annotations

from matplotlib.figure import Figure

from data_schema.results import Estimate
from reports.blocks import Drawing
from reports.figures import marks, style
from reports.wording import numbers
from reports.wording.labels import stratum

ROW_HEIGHT = 0.24
FRAME_HEIGHT = 0.85


def row_label(row: Estimate) -> str:
    return stratum(row.strata) if row.strata else row.term


def draw(
    name: str,
    caption: str,
    rows: list[Estimate],
    claim: Estimate | None,
    labels: list[str] | None = None,
) -> Drawing | None:
    """One dot and interval a row, top to bottom; None without rows. ``labels``: one a row."""
    if not rows:
        return None
    named = labels or [row_label(row) for row in rows]
    size = (style.WIDTH, FRAME_HEIGHT + ROW_HEIGHT * len(rows))
    alt = _alt(rows, named, claim)
    return style.drawing(name, caption, alt, size, lambda f: _paint(f, rows, named, claim), rows)


def _paint(figure: Figure, rows: list[Estimate], labels: list[str], claim: Estimate | None) -> None:
    axes = figure.add_axes(_frame(figure, labels))
    top = _right_end(rows, claim)
    if claim is not None:
        axes.axvspan(100 * (claim.lower or 0), 100 * (claim.upper or 0), color=style.BAND, lw=0)
        middle = 50 * ((claim.lower or 0) + (claim.upper or 0))
        axes.text(middle, -0.85, "claimed", ha="center", color=style.PUBLISHED, fontsize=8)
    found = [marks.Dot(place, *style.percents(row)) for place, row in enumerate(rows)]
    marks.dots(axes, found, style.EVENT["onset"], size=5)
    for place, row in enumerate(rows):
        axes.text(
            1.02, place, numbers.estimate(row), va="center", transform=axes.get_yaxis_transform()
        )
    left = -axes.get_position().x0 / axes.get_position().width
    for place, label in enumerate(labels):
        where = axes.get_yaxis_transform()
        axes.text(left, place, label, va="center", fontsize=8, transform=where)
    axes.set_yticks([])
    axes.set_ylim(len(rows) - 0.4, -0.6)
    axes.set_xlim(0, top)
    axes.spines["left"].set_visible(False)
    style.percent_axis(axes.xaxis, "Prevalence")


def _frame(figure: Figure, labels: list[str]) -> tuple[float, float, float, float]:
    width, height = figure.get_size_inches()
    left = min(0.072 * max(len(label) for label in labels) + 0.1, 0.45 * width)
    return left / width, 0.45 / height, (width - left - 0.6) / width, 1 - 0.8 / height


def _right_end(rows: list[Estimate], claim: Estimate | None) -> float:
    ends = [100 * (row.upper or row.estimate or 0) for row in rows]
    if claim is not None:
        ends.append(100 * (claim.upper or 0))
    return 1.08 * max(ends)


def _alt(rows: list[Estimate], labels: list[str], claim: Estimate | None) -> str:
    told = zip(labels, rows, strict=True)
    dots = "; ".join(f"{label} {numbers.with_interval(row)}" for label, row in told)
    band = f" The claimed range, {numbers.bounds(claim)}%, is shaded." if claim is not None else ""
    return f"Prevalence as dots with intervals: {dots}.{band}"
