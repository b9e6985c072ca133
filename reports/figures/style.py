"""One look for all figures, and the way to an SVG of the same bytes every time.

Text stays text (readable aloud, searchable); layout is measured with a font wider than those
a reader's machine will use.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable, Iterable
from io import StringIO
from typing import Any, Literal
from xml.sax.saxutils import escape

import matplotlib as mpl
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure

from data_schema.results import Estimate
from reports.blocks import Drawing
from reports.metadata import Metadata
from reports.shown import show

WIDTH = 4.9  # inches: legible when scaled to a phone
PAPER = "#ffffff"
INK, MUTED, RULE = "#22262a", "#6a7076", "#c9cdd1"
PUBLISHED, BAND = "#7b3f73", "#efe3ee"  # the case report and its claims, never anything else
# Okabe and Ito (2008): told apart under the common colour-vision deficiencies
EVENT = {"onset": "#d55e00", "death": "#0072b2", "transplant": "#009e73", "recovery": "#8c8c8c"}
# the same hues, dark enough for small letters (contrast above 4.5 on white)
LETTERS = {"#d55e00": "#b04d00", "#0072b2": "#00639b", "#009e73": "#00775a", "#8c8c8c": "#6b6b6b"}
VARIABLES = {
    INK: "ink",
    MUTED: "muted",
    RULE: "rule",
    PUBLISHED: "published",
    BAND: "band",
    PAPER: "paper",
    **{colour: name for name, colour in EVENT.items()},
    **{LETTERS[colour]: f"{name}-letters" for name, colour in EVENT.items()},
}
FONTS = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"
# seaborn's style and context, never its set_theme: settings hold inside one figure only
LOOKS = sns.axes_style(
    "ticks",
    rc={
        "font.family": ["DejaVu Sans"],
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.edgecolor": MUTED,
        "axes.labelcolor": INK,
        "text.color": INK,
        "xtick.color": MUTED,
        "ytick.color": MUTED,
        "patch.force_edgecolor": False,
    },
)
SIZES = sns.plotting_context(
    "paper",
    rc={
        "font.size": 8.5,
        "axes.labelsize": 8.5,
        "axes.linewidth": 0.6,
        "xtick.labelsize": 8,
        "ytick.labelsize": 8,
        "xtick.major.width": 0.6,
        "ytick.major.width": 0.6,
        "xtick.major.size": 3,
        "ytick.major.size": 3,
        "lines.linewidth": 1.6,
    },
)
RC: dict[str, Any] = {
    **LOOKS,
    **SIZES,
    "svg.hashsalt": "calcinosis",
    "svg.fonttype": "none",
    "text.parse_math": False,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
}
NO_METADATA = {"Date": None, "Creator": None, "Format": None, "Type": None}


def drawing(
    name: str,
    caption: str,
    alt: str,
    size: tuple[float, float],
    paint: Callable[[Figure], None],
    of: Iterable[Estimate] = (),
) -> Drawing:
    """Paint on a fresh figure of ``size`` inches and return it as a drawing ``of`` these rows."""
    show(*of)
    settings: Any = {**mpl.rcParamsDefault, **RC}
    with mpl.rc_context(settings):
        figure = Figure(figsize=size)
        paint(figure)
        out = StringIO()
        figure.savefig(out, format="svg", metadata=NO_METADATA, facecolor=PAPER)
    return Drawing(name, caption, alt, _finished(out.getvalue(), name, alt))


def _finished(svg: str, name: str, alt: str) -> str:
    body = svg[svg.index("<svg") :]
    body = re.sub(r"<!--.*?-->\s*", "", body, flags=re.DOTALL)
    body = re.sub(r"<metadata>.*?</metadata>\s*", "", body, flags=re.DOTALL)
    body = re.sub(r"<style type=\"text/css\">.*?</style>\s*", "", body, flags=re.DOTALL)
    body = re.sub(r"<defs>\s*</defs>\s*", "", body)
    body = body.replace("xlink:href=", "href=").replace(
        'xmlns:xlink="http://www.w3.org/1999/xlink"', ""
    )
    body = re.sub(r'\bid="([^"]+)"', rf'id="{name}-\1"', body)
    body = re.sub(r"url\(#([^)]+)\)", rf"url(#{name}-\1)", body)
    body = re.sub(r'href="#([^"]+)"', rf'href="#{name}-\1"', body)
    body = re.sub(r"'DejaVu Sans'", FONTS, body)
    head, rest = body.split(">", 1)
    head = head + f' role="img" aria-labelledby="{name}-alt" stroke-linejoin="round"'
    title = f'<title id="{name}-alt">{escape(alt)}</title>'
    return f"{head}>\n {title}{rest}".strip() + "\n"


def inline(figure: Drawing) -> str:
    """The SVG as part of the page: no namespace, sized by the page, colours by its variables."""
    head, rest = figure.svg.split(">", 1)
    head = re.sub(r'\s(xmlns|width|height|version)="[^"]*"', "", head)
    for colour, variable in VARIABLES.items():
        rest = rest.replace(f": {colour}", f": var(--{variable}, {colour})")
    return f"{head}>{rest}"


def percents(row: Estimate) -> tuple[float, float | None, float | None]:
    """Estimate and interval of a proportion, in per cent."""
    lower, upper = (None if end is None else 100 * end for end in (row.lower, row.upper))
    return 100 * (row.estimate or 0), lower, upper


def percent_axis(axis: Axis, label: str) -> None:
    axis.set_major_formatter(lambda value, _: f"{value:g}%")
    axis.set_label_text(label)


def light_grid(axes: Axes, which: Literal["x", "y"] = "y") -> None:
    axes.grid(axis=which, color=RULE, linewidth=0.4)
    axes.set_axisbelow(True)


def spread(positions: list[float], gap: float, top: float) -> list[float]:
    """Positions at least ``gap`` apart, order kept: moved upwards, then down from ``top``."""
    order = sorted(range(len(positions)), key=lambda i: positions[i])
    moved = list(positions)
    for before, after in zip(order, order[1:], strict=False):
        moved[after] = max(moved[after], moved[before] + gap)
    ceiling = top
    for place in reversed(order):
        moved[place] = min(moved[place], ceiling)
        ceiling = moved[place] - gap
    return moved


def event_colour(outcome: str, metadata: Metadata) -> str:
    """A colour never changes its meaning: where the protocol's outcome is death, it is death's."""
    return EVENT["death" if metadata.is_death and outcome == "onset" else outcome]


def wrapped(text: str, width: int) -> str:
    """Lines of at most ``width`` characters, broken between words."""
    return "\n".join(textwrap.wrap(text, width, break_long_words=False)) or text


def letters(colour: str) -> str:
    """The colour of words about a line of this colour."""
    return LETTERS.get(colour, colour)
