"""Marks that figures share, drawn by seaborn: lines, steps, dots with intervals, a heat map.

Released rows are estimated already, so seaborn estimates nothing: no estimator, no error bar.
Intervals and bands are those of the rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap, to_rgb

from reports.figures import style

EDGE = 1.0  # points
WEAKEST, STRONGEST = 0.03, 0.42  # opacity of a cell at 0 and 1: words stay legible on it
GIVEN: dict[str, Any] = {"estimator": None, "errorbar": None, "sort": False, "legend": False}


class Dot(NamedTuple):
    """An estimate at a ``place`` with the interval it was released with, if any."""

    place: float
    estimate: float
    lower: float | None
    upper: float | None


def line(axes: Axes, x: Sequence[float], y: Sequence[float], colour: str, **looks: Any) -> None:
    """A line through the points given."""
    sns.lineplot(x=list(x), y=list(y), ax=axes, color=colour, **GIVEN, **looks)


def steps(axes: Axes, x: Sequence[float], y: Sequence[float], colour: str, **looks: Any) -> None:
    """A step function that changes at each ``x``."""
    line(axes, x, y, colour, drawstyle="steps-post", **looks)


def points(
    axes: Axes, x: Sequence[float], y: Sequence[float], colour: str, *, size: float, **looks: Any
) -> None:
    """Points of ``size`` in points, without their edge; ``hollow``: filled with ``face``."""
    hollow = looks.pop("hollow", False)
    face = {"facecolor": looks.pop("face", style.PAPER), "edgecolor": colour, "linewidth": EDGE}
    filled = {"color": colour, "linewidth": EDGE, "edgecolor": colour}
    sns.scatterplot(
        x=list(x),
        y=list(y),
        ax=axes,
        s=size**2,
        zorder=looks.pop("zorder", 3),
        legend=False,
        **(face if hollow else filled),
        **looks,
    )


def dots(
    axes: Axes,
    shown: Sequence[Dot],
    colour: str,
    *,
    across: Literal["x", "y"] = "x",
    width: float = 1.4,
    **looks: Any,
) -> None:
    """Estimates as points, their intervals as lines; ``across``: the axis that estimates are on."""
    known = [
        (dot.place, dot.lower, dot.upper)
        for dot in shown
        if dot.lower is not None and dot.upper is not None
    ]
    at, low, high = np.array(known).reshape(-1, 3).T
    lines = axes.hlines if across == "x" else axes.vlines
    lines(at, low, high, colors=colour, linewidth=width)
    places, values = [dot.place for dot in shown], [dot.estimate for dot in shown]
    x, y = (values, places) if across == "x" else (places, values)
    points(axes, x, y, colour, **{"size": 4.5, **looks})


def heat_map(axes: Axes, shares: pd.DataFrame, words: pd.DataFrame, *, size: float) -> None:
    """Shares from 0 to 1 as cells of one ink, each with its word; a missing one is left blank."""
    ink = to_rgb(style.INK)
    map_ = LinearSegmentedColormap.from_list("ink", [(*ink, WEAKEST), (*ink, STRONGEST)])
    sns.heatmap(
        shares,
        ax=axes,
        vmin=0,
        vmax=1,
        cmap=map_,
        cbar=False,
        annot=words.to_numpy(),
        fmt="",
        annot_kws={"color": style.INK, "fontsize": size},
        linewidths=0.8,
        linecolor=style.PAPER,
        xticklabels=False,
        yticklabels=False,
    )
    axes.set(xlabel="", ylabel="")
