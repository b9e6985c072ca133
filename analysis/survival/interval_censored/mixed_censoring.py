"""Onset known exactly, before, after or between two assessments, in people who came under
observation late.

Onset lies in ``(lower, upper]``; ``lower == upper`` is an exact time, ``upper`` infinite is
right-censored, ``lower == entry`` is onset before the first look after entry.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..arguments import Floats, case_weights, refuse, require_length, vector


@dataclass(frozen=True)
class OnsetTimes:
    """Checked arrays of shape (n,), in one unit of time."""

    lower: Floats
    upper: Floats
    entry: Floats
    weights: Floats

    @property
    def exact(self) -> NDArray[np.bool_]:
        out: NDArray[np.bool_] = self.lower == self.upper
        return out

    @property
    def between(self) -> NDArray[np.bool_]:
        """Known only to lie in an interval that ends."""
        return (self.lower < self.upper) & np.isfinite(self.upper)

    @property
    def n_onset(self) -> int:
        """People known to have had onset, at an exact time or not."""
        return int(np.isfinite(self.upper).sum())

    @property
    def midpoints(self) -> Floats:
        """Middle of every interval that ends: for starting values and knots, never for a fit."""
        known = np.isfinite(self.upper)
        return (self.lower[known] + self.upper[known]) / 2

    @property
    def crude_rate(self) -> float:
        """Onsets a unit of time, onset taken at the middle of its interval."""
        middle = np.where(np.isfinite(self.upper), (self.lower + self.upper) / 2, self.lower)
        time_at_risk = self.weights @ (middle - self.entry)
        return float(self.weights[np.isfinite(self.upper)].sum() / time_at_risk)


def onset_times(
    lower: ArrayLike,
    upper: ArrayLike,
    *,
    entry: ArrayLike | None = None,
    weights: ArrayLike | None = None,
) -> OnsetTimes:
    """Check what is known of each person's onset.

    Everyone counted is known to be free of onset at ``entry`` (0 if ``None``), so ``lower`` is
    never before it. Onset on or before entry is prevalent and has no place here.

    Shapes: all (n,). Errors: ``ValueError`` naming the argument and the first offending index.
    """
    lower_ = vector("lower", lower)
    refuse("lower", lower_ < 0, "is negative")
    upper_ = np.ascontiguousarray(upper, dtype=np.float64)
    if upper_.ndim != 1:
        raise ValueError(f"upper must be one-dimensional, has {upper_.ndim} dimensions")
    require_length("upper", upper_, len(lower_))
    refuse("upper", np.isnan(upper_), "is not a number")
    refuse("upper", upper_ < lower_, "is before lower")
    refuse("upper", upper_ == 0, "is zero: onset on the day of entry is prevalent")
    entry_ = np.zeros_like(lower_) if entry is None else vector("entry", entry, len(lower_))
    refuse("entry", entry_ < 0, "is negative")
    refuse("entry", entry_ > lower_, "is after lower")
    refuse("entry", (entry_ == lower_) & (upper_ == lower_), "is not before an exact onset")
    return OnsetTimes(lower_, upper_, entry_, case_weights(weights, len(lower_)))
