"""Flow diagram: who remained and who was left out at each step, steps of nobody kept."""

from __future__ import annotations

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from data_schema.results import Estimate
from reports.blocks import Drawing
from reports.figures import style
from reports.rows import Rows, own_reason
from reports.wording import numbers
from reports.wording.labels import named

LINE = 0.15
PAD = 0.1
GAP = 0.16
LEFT_WIDTH, RIGHT_WIDTH = 1.75, 2.55
SIDE = style.WIDTH - RIGHT_WIDTH - 0.02
WRAP = 40


def steps(rows: Rows) -> list[tuple[Estimate | None, Estimate | None]]:
    """(remaining, excluded) of every step, in order."""
    found = [row for row in rows.where(question="flow", measure="attrition") if row.x is not None]
    order = sorted({row.x for row in found if row.x is not None})
    by_key = {(row.x, row.level): row for row in found}
    return [(by_key.get((x, "remaining")), by_key.get((x, "excluded"))) for x in order]


def draw(rows: Rows) -> Drawing | None:
    found = steps(rows)
    if not found:
        return None
    heights = [_height(_excluded_text(out, kept)) if out else 0.0 for kept, out in found]
    box = _height("x\nx")
    shown = [_box_shown(found, place) for place in range(len(found))]
    total = 0.1 + sum(h + 2 * GAP if h else 0 for h in heights) + box * sum(shown)
    caption = (
        "People remaining (left) and left out (right) at each step; "
        "steps that left nobody out are kept."
    )
    return style.drawing(
        "flow", caption, _alt(found), (style.WIDTH, total), lambda f: _paint(f, found, heights, box)
    )


def _paint(
    figure: Figure,
    found: list[tuple[Estimate | None, Estimate | None]],
    heights: list[float],
    box: float,
) -> None:
    width, total = figure.get_size_inches()
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_xlim(0, width)
    axes.set_ylim(total, 0)
    axes.axis("off")
    y = 0.05
    centre = 0.02 + LEFT_WIDTH / 2
    for place, (kept, out) in enumerate(found):
        if out is not None:
            down = heights[place] + 2 * GAP
            head = "-|>" if _box_shown(found, place) else "-"
            axes.annotate("", (centre, y + down), (centre, y), arrowprops=_arrow(head))
            middle = y + down / 2
            axes.annotate("", (SIDE, middle), (centre, middle), arrowprops=_arrow())
            text = _excluded_text(out, kept)
            _box(axes, SIDE, middle - heights[place] / 2, (RIGHT_WIDTH, heights[place]), text)
            y += down
        if _box_shown(found, place):
            _box(axes, 0.02, y, (LEFT_WIDTH, box), _kept_text(kept, place), strong=True)
            y += box


def _box_shown(found: list[tuple[Estimate | None, Estimate | None]], place: int) -> bool:
    """After a step that left nobody out the number remaining is the one above."""
    out = found[place][1]
    return out is None or out.estimate != 0 or place == len(found) - 1


def _arrow(head: str = "-|>") -> dict:
    return {"arrowstyle": head, "color": style.MUTED, "lw": 0.7, "shrinkA": 0, "shrinkB": 0}


def _box(
    axes: Axes, x: float, y: float, size: tuple[float, float], text: str, *, strong: bool = False
) -> None:
    edge = style.INK if strong else style.RULE
    axes.add_patch(Rectangle((x, y), *size, fill=False, edgecolor=edge, lw=0.7))
    axes.text(x + PAD, y + size[1] / 2, text, va="center", fontsize=7.8, linespacing=1.3)


def _height(text: str) -> float:
    return LINE * (text.count("\n") + 1) + 0.13


def _kept_text(row: Estimate | None, place: int) -> str:
    what = "In the extract" if place == 0 else "Remaining"
    return f"{what}\nn = {numbers.estimate(row)}"


def step_name(row: Estimate, kept: Estimate | None) -> str:
    """The step in a sentence, also where its number is hidden."""
    said = [own_reason(one) for one in (row, kept) if one is not None]
    return next((text for text in said if text), named(row.term))


def _excluded_text(row: Estimate, kept: Estimate | None) -> str:
    reason = style.wrapped(step_name(row, kept), WRAP)
    return f"{reason}\nn = {numbers.estimate(row)}"


def _alt(found: list[tuple[Estimate | None, Estimate | None]]) -> str:
    said = []
    for place, (kept, out) in enumerate(found):
        if out is not None:
            said.append(f"left out, {step_name(out, kept).rstrip('.')}: {numbers.estimate(out)}")
        said.append(f"{'in the extract' if place == 0 else 'remaining'}: {numbers.estimate(kept)}")
    return f"Flow diagram. {'; '.join(said)}."
