"""Quarter in which a centre changed its unit: values in both units, judged by itself.

A quarter beside a change holds both units where more of its values lie beyond the midpoint of the
two levels than one unit's spread explains.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from analysis.ingest.units.reference import Values, located

Numbers = NDArray[np.int64]

EXCESS = 0.1  # share of a quarter's values beyond the midpoint, over what one unit would have
DEVIATIONS = 2.0


def mixed_cells(
    series: Numbers, column: Numbers, run: Numbers, values: Values, within: float
) -> NDArray[np.bool_]:
    """Which cells stand beside a change and hold values of both sides.

    ``series, column, run`` of each cell, runs numbered from 0; ``values``: the bins, each with its
    cell; ``within``: spread of one unit's values, octaves.
    """
    order = np.lexsort((run, column, series))
    before, after = (_run_beside(series, run, order, step) for step in (1, -1))
    beside = (before >= 0) | (after >= 0)
    mixed = np.zeros(len(run), dtype=bool)
    if not beside.any():
        return mixed
    level = _run_levels(run, values, beside)
    size = np.bincount(values.cell, values.n, minlength=len(run))
    own = level[run]
    for neighbour in (before, after):
        other = np.where(neighbour >= 0, level[neighbour], np.nan)
        mixed |= _holds_both(own, other, size, values, within)
    return mixed


def _run_beside(series: Numbers, run: Numbers, order: Numbers, step: int) -> Numbers:
    """The run before (1) or after (−1) a cell's, if its own begins or ends here; else −1."""
    own, of = run[order], series[order]
    shifted = np.roll(own, step)
    changed = (shifted != own) & (np.roll(of, step) == of)
    changed[0 if step == 1 else -1] = False
    found = np.full(len(run), -1, dtype=np.int64)
    found[order] = np.where(changed, shifted, -1)
    return found


def _run_levels(run: Numbers, values: Values, beside: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Level of each run, from quarters that are not beside a change where it has any."""
    runs = int(run.max()) + 1
    of, far = run[values.cell], ~beside[values.cell]
    every = located(of, values.at, values.n, runs).level
    clean = located(of[far], values.at[far], values.n[far], runs).level
    return np.where(np.isnan(clean), every, clean)


def _holds_both(
    own: NDArray[np.float64],
    other: NDArray[np.float64],
    size: NDArray,
    values: Values,
    within: float,
) -> NDArray[np.bool_]:
    cell, n = values.cell, values.n
    far = (values.at - (own + other)[cell] / 2) * (other - own)[cell] > 0
    size = np.maximum(size, 1)
    share = np.bincount(cell, n * far, minlength=len(own)) / size
    usual = ndtr(-np.abs(other - own) / 2 / within)
    noise = DEVIATIONS * np.sqrt(usual * (1 - usual) / size)
    return share > usual + noise + EXCESS  # false beside NaN
