"""The quarter in which a centre changed its unit holds values in both: it is judged by itself.

A quarter beside a change holds both units where more of its values lie beyond the midpoint of the
two levels than one unit's spread explains.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import norm

from analysis.ingest.unit_reference import located

EXCESS = 0.1  # share of a quarter's values beyond the midpoint, over what one unit would have
DEVIATIONS = 2.0


def mixed_cells(cells: pd.DataFrame, values: pd.DataFrame, within: float) -> NDArray[np.bool_]:
    """Which cells stand beside a change and hold values of both sides.

    ``cells``: ``cell`` (0, 1, ...), ``series, column, run, n``; ``values``: ``cell, at, n``;
    ``within``: spread of one unit's values, octaves.
    """
    before, after = (_run_beside(cells, step) for step in (1, -1))
    beside = (before >= 0) | (after >= 0)
    level = _run_levels(cells, values, beside)
    mixed = np.zeros(len(cells), dtype=bool)
    own = level[cells["run"].to_numpy()]
    for run in (before, after):
        other = np.where(run >= 0, level[run], np.nan)
        mixed |= _holds_both(own, other, cells, values, within)
    return mixed


def _run_beside(cells: pd.DataFrame, step: int) -> NDArray[np.int64]:
    """The run before (1) or after (−1) a cell's, if its own begins or ends here; else −1."""
    order = cells.sort_values(["series", "column", "run"], kind="stable")
    run, series = order["run"].to_numpy(), order["series"].to_numpy()
    shifted = np.roll(run, step)
    changed = (shifted != run) & (np.roll(series, step) == series)
    changed[0 if step == 1 else -1] = False
    found = np.full(len(cells), -1, dtype=np.int64)
    found[order["cell"].to_numpy()] = np.where(changed, shifted, -1)
    return found


def _run_levels(
    cells: pd.DataFrame, values: pd.DataFrame, beside: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Level of each run, from quarters that are not beside a change where it has any."""
    level = np.full(int(cells["run"].max()) + 1, np.nan)
    cell = values["cell"].to_numpy()
    run = cells["run"].to_numpy()[cell]
    for kept in (np.ones(len(cell), dtype=bool), ~beside[cell]):
        found = located(run[kept], values["at"].to_numpy()[kept], values["n"].to_numpy()[kept])
        level[found["group"].to_numpy(np.int64)] = found["level"]
    return level


def _holds_both(
    own: NDArray[np.float64],
    other: NDArray[np.float64],
    cells: pd.DataFrame,
    values: pd.DataFrame,
    within: float,
) -> NDArray[np.bool_]:
    cell, n = values["cell"].to_numpy(), values["n"].to_numpy()
    far = (values["at"].to_numpy() - (own + other)[cell] / 2) * (other - own)[cell] > 0
    size = np.maximum(cells["n"].to_numpy(), 1)
    share = np.bincount(cell, n * far, minlength=len(cells)) / size
    usual = norm.sf(np.abs(other - own) / 2 / within)
    noise = DEVIATIONS * np.sqrt(usual * (1 - usual) / size)
    return share > usual + noise + EXCESS  # false beside NaN
