"""HTML blocks of the review page: tables, a funnel, numbers as text. Every text is escaped."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import numpy as np
import pandas as pd

STYLE = """
:root { color-scheme: light dark; --line: #8884; --soft: #8882; }
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 76rem; padding: 0 1rem; }
h1 { font-size: 1.6rem; margin: 0; } h2 { font-size: 1.2rem; margin: 2.2rem 0 .4rem; }
p { margin: .3rem 0 .8rem; max-width: 50rem; } .warn { border-left: .3rem solid #c62828;
padding: .4rem .8rem; background: var(--soft); }
.wide { overflow-x: auto; } table { border-collapse: collapse; font-size: 13px; }
th, td { padding: .2rem .6rem; border-bottom: 1px solid var(--line); text-align: left;
vertical-align: top; } td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; }
td.share { text-align: right; color: #111; } summary { cursor: pointer; margin: .4rem 0; }
svg text { font: 12px system-ui, sans-serif; fill: currentColor; }
"""


def page(title: str, lead: str, sections: Sequence[tuple[str, str]]) -> str:
    """The whole page, self-contained."""
    body = "".join(f"<h2>{escape(head)}</h2>{html}" for head, html in sections if html)
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        f"<title>{escape(title)}</title><style>{STYLE}</style></head><body>"
        f'<h1>{escape(title)}</h1><p class="warn">{escape(lead)}</p>{body}</body></html>\n'
    )


def paragraph(text: str) -> str:
    return f"<p>{escape(text)}</p>"


def table(frame: pd.DataFrame, heads: Sequence[str]) -> str:
    """A frame as a table; numbers stand to the right. Empty where the frame is."""
    if len(frame) == 0:
        return ""
    numeric = [pd.api.types.is_numeric_dtype(frame[c]) for c in frame]
    classes = ["n" if n else "" for n in numeric]
    head = "".join(f'<th class="{m}">{escape(h)}</th>' for m, h in zip(classes, heads, strict=True))
    lines = []
    for row in frame.itertuples(index=False, name=None):
        cells = zip(classes, row, strict=True)
        lines.append("".join(f'<td class="{m}">{escape(text(cell))}</td>' for m, cell in cells))
    body = "".join(f"<tr>{line}</tr>" for line in lines)
    return f'<div class="wide"><table><tr>{head}</tr>{body}</table></div>'


def text(cell: object) -> str:
    """Whole numbers with separators, others to three digits, missing as a dash."""
    if cell is None or cell is pd.NA or (isinstance(cell, float) and np.isnan(cell)):
        return "–"
    if isinstance(cell, int | np.integer) or (isinstance(cell, float) and cell.is_integer()):
        return f"{int(cell):,}"
    if isinstance(cell, float | np.floating):
        return f"{cell:.3g}"
    return str(cell)


def shares(frame: pd.DataFrame, rows: str, columns: str) -> str:
    """``have`` of ``observed`` as a grid of shaded percentages."""
    keys = sorted(frame[columns].unique())
    head = "".join(f'<th class="n">{escape(str(k))}</th>' for k in keys)
    lines = []
    for name, own in frame.groupby(rows, sort=True):
        of = own.set_index(columns)
        cells = "".join(
            _share(of.loc[k, "have"], of.loc[k, "observed"]) if k in of.index else "<td></td>"
            for k in keys
        )
        lines.append(f"<tr><td>{escape(str(name))}</td>{cells}</tr>")
    body = "".join(lines)
    return f'<div class="wide"><table><tr><th></th>{head}</tr>{body}</table></div>'


def _share(have: float, observed: float) -> str:
    share = have / observed if observed else 0.0
    light = 45 + 50 * share
    said = f"{have:,.0f} of {observed:,.0f} people"
    return (
        f'<td class="share" style="background:hsl(205 60% {light:.0f}%)" title="{said}">'
        f"{100 * share:.0f}</td>"
    )


def funnel(frame: pd.DataFrame) -> str:
    """Share of each centre by its size, with 95 % and 99.8 % limits; inline SVG."""
    if len(frame) == 0:
        return ""
    width, height, left, low = 760.0, 340.0, 60.0, 300.0
    most = float(frame["people"].max()) * 1.05
    top = float(max(frame["prevalence"].max(), frame["high_998"].max(), 1e-6)) * 1.05

    def x(n: float) -> float:
        return left + (width - left - 20) * n / most

    def y(share: float) -> float:
        return low - (low - 20) * share / top

    order = frame.sort_values("people")
    lines = "".join(
        f'<polyline fill="none" stroke="currentColor" stroke-dasharray="{dash}" points="'
        + " ".join(f"{x(n):.1f},{y(v):.1f}" for n, v in zip(order["people"], order[c], strict=True))
        + '"/>'
        for c, dash in (("low_95", "5 4"), ("high_95", "5 4"), ("low_998", ""), ("high_998", ""))
    )
    dots = "".join(
        f'<circle cx="{x(r.people):.1f}" cy="{y(r.prevalence):.1f}" r="4" '
        f'fill="{"#c62828" if not r.low_998 <= r.prevalence <= r.high_998 else "#1f6feb"}">'
        f"<title>{escape(str(r.centre_id))}: {r.cases:.0f} of {r.people:.0f}</title></circle>"
        for r in frame.itertuples()
    )
    return (
        f'<svg viewBox="0 0 {width:.0f} {height:.0f}" width="100%" role="img" '
        f'aria-label="Funnel of centres">{lines}{dots}'
        f'<line x1="{left}" x2="{width}" y1="{low}" y2="{low}" stroke="currentColor"/>'
        f'<line x1="{left}" x2="{left}" y1="20" y2="{low}" stroke="currentColor"/>'
        f'<text x="{left}" y="{height - 8}">People at the centre: 0 to {most:,.0f}</text>'
        f'<text x="4" y="16">{100 * top:.2g} %</text><text x="30" y="{low}">0</text></svg>'
    )
