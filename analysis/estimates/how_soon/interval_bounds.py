"""Between which assessments onset lies: the people for whom a negative assessment says so.

What is negative is the protocol's (``outcome.negative_methods``): an assessment that shows nothing,
never the absence of a code. People without one have no left bound but entry, which is no
assessment: they are counted and left out of the interval analyses. Assessments bound an onset
whatever periods they lie in; a curve of who left and returned counts them from their last return
on, as late entries, so that nobody is at risk while away.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from data_schema.follow_up import STATES

Floats = NDArray[np.float64]
ONSET = STATES.index("onset")


@dataclass(frozen=True)
class IntervalBounds:
    """People known to be free of onset at ``free``; onset in ``(lower, upper]``, all (n,).

    ``upper`` is infinite where onset was never seen. ``entry`` begins the last period at
    risk, ``exit`` and ``state`` end it; ``leave``, ``leave_reason`` are its end after onset too.
    ``bounded``: of all people of the cohort, who is here.
    """

    free: Floats
    lower: Floats
    upper: Floats
    entry: Floats
    exit: Floats
    state: NDArray[np.int64]
    leave: Floats
    leave_reason: NDArray[np.object_]
    bounded: NDArray[np.bool_]

    @property
    def n_onset(self) -> int:
        """Onsets that were seen."""
        return int(np.isfinite(self.upper).sum())

    @property
    def midpoints(self) -> Floats:
        """Middle of the interval for onsets, exit for everybody else."""
        middle = (self.lower + np.where(np.isfinite(self.upper), self.upper, self.lower)) / 2
        return np.where(np.isfinite(self.upper), middle, self.exit)


def interval_bounds(people: pd.DataFrame) -> IntervalBounds:
    """Bounds of the people of a cohort; without their columns there are no negative assessments."""
    n = len(people)
    free = people["free_since"].to_numpy(float) if "free_since" in people else np.full(n, np.inf)
    last = (
        people["last_negative_by_exit"].to_numpy(float)
        if "last_negative_by_exit" in people
        else np.full(n, -np.inf)
    )
    exit_ = people["exit"].to_numpy(float)
    state = people["state"].to_numpy(np.int64)
    bounded = np.isfinite(free) & (free < exit_)
    onset = state == ONSET
    kept = people[bounded]
    return IntervalBounds(
        free=free[bounded],
        lower=np.maximum(last, free)[bounded],
        upper=np.where(onset, exit_, np.inf)[bounded],
        entry=kept["last_entry"].to_numpy(float),
        exit=exit_[bounded],
        state=state[bounded],
        leave=kept["period_leave"].to_numpy(float),
        leave_reason=kept["period_leave_reason"].to_numpy(object),
        bounded=bounded,
    )


def coarsened(bounds: IntervalBounds, step: float) -> tuple[Floats, Floats, Floats, Floats]:
    """lower, upper, entry, weights on a grid of ``step`` days, equal people put together.

    Clean days go down and the day of detection up, so an interval never narrows. The
    non-parametric estimate costs what the distinct intervals cost.
    """
    lower, entry = (np.floor(values / step) * step for values in (bounds.lower, bounds.free))
    upper = np.ceil(bounds.upper / step) * step
    triples, weights = np.unique(np.column_stack([lower, upper, entry]), axis=0, return_counts=True)
    says = (triples[:, 0] > triples[:, 2]) | np.isfinite(triples[:, 1])
    rows = triples[says]
    return rows[:, 0], rows[:, 1], rows[:, 2], weights[says].astype(np.float64)
