"""Royston and Parmar's flexible parametric model with late entry and mixed censoring."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike

from ..arguments import Floats, refuse
from ..splines import RestrictedCubicSpline, increasing
from .log_cumulative_hazard import LogCumulativeHazard
from .mixed_censoring import OnsetTimes, onset_times
from .parametric_fit import ParametricResult, covariates, fit, not_estimable
from .weibull import exponential_start

GRID = 500


def royston_parmar(
    lower: ArrayLike,
    upper: ArrayLike,
    *,
    knots: ArrayLike | int,
    entry: ArrayLike | None = None,
    weights: ArrayLike | None = None,
    X: ArrayLike | None = None,
) -> ParametricResult:
    """Royston and Parmar's model, log Λ(t | x) = s(log t; γ) + xᵀβ, s a restricted cubic spline.

    Proportional hazards. ``knots``: times of all knots, boundary knots included (at least 3); or
    the number of interior knots, placed at equal quantiles of the onset times (middle of the
    interval where not exact) with the boundary at the smallest and the largest.

    The likelihood asks a rising Λ of onsets and between each person's entry and last assessment
    free of onset. Where it would still rise towards a hazard that is negative there, the result is
    ``not_estimable``: fewer knots are needed. Where the fitted spline falls elsewhere between the
    first and last time in the data, it is ``flagged``.

    ``lifelines.SplineFitter.fit_interval_censoring(entry=...)`` maximises the same likelihood on
    the same knots, without covariates, and agrees to about five digits; it takes a hundred times as
    long, and does not check the sign of the hazard.

    Shapes: ``lower, upper, entry, weights`` (n,) in any one unit of time, ``X`` (n, q).
    Errors: ``ValueError`` naming the argument and the first offending index.
    Source: Royston and Parmar (2002), Statistics in Medicine 21:2175; the basis is Harrell's, which
    spans the same curves as theirs.

    >>> times = np.arange(1.0, 21.0)
    >>> fit = royston_parmar(times, times, knots=1)
    >>> fit.status, len(fit.coefficients)
    ('ok', 3)
    """
    onset = onset_times(lower, upper, entry=entry, weights=weights)
    X_ = covariates(X, len(onset.lower))
    positions = quantile_knots(onset, knots) if isinstance(knots, int) else given_knots(knots)
    line = fit("weibull", LogCumulativeHazard(None), onset, X_, exponential_start(onset))
    if (np.diff(positions) <= 0).any() or len(positions) < 3:
        reason = "tied onset times leave too few distinct knots"
        reason = reason if onset.n_onset else "no onset was observed"
        return not_estimable("royston_parmar", line.hazard, onset, line.names, reason)
    hazard = LogCumulativeHazard(RestrictedCubicSpline(np.log(positions)))
    start = exponential_start(onset) if line.status != "ok" else line.coefficients[:2]
    bends = np.zeros(len(positions) - 2)
    result = fit("royston_parmar", hazard, onset, X_, np.concatenate([start, bends]))
    return flag_negative_hazard(result, hazard)


def given_knots(knots: ArrayLike) -> Floats:
    """Increasing positive knots, at least 3; ``ValueError`` naming the first at fault."""
    positions = increasing("knots", knots)
    refuse("knots", positions <= 0, "is not positive")
    if len(positions) < 3:
        raise ValueError(f"knots has {len(positions)} values, at least 3 are needed")
    return positions


def quantile_knots(onset: OnsetTimes, n_interior: int) -> Floats:
    """Boundary knots and equal quantiles of the onset times; empty without onsets."""
    if n_interior < 1:
        raise ValueError(f"knots must be at least 1 interior knot, is {n_interior}")
    if onset.n_onset == 0:
        return np.zeros(0)
    return np.quantile(onset.midpoints, np.linspace(0, 1, n_interior + 2))


def flag_negative_hazard(result: ParametricResult, hazard: LogCumulativeHazard) -> ParametricResult:
    """Look at the slope of the spline between the first and the last time looked at."""
    if result.status != "ok":
        return result
    grid = np.linspace(np.log(result.first_time), np.log(result.last_time), GRID)
    slopes = hazard.slopes(grid)
    falling = slopes @ result.coefficients[: slopes.shape[1]] <= 0
    if not falling.any():
        return result
    first, last = np.exp(grid[falling][[0, -1]])
    reason = f"the fitted hazard is negative at times between {first:.6g} and {last:.6g}"
    return replace(result, status="flagged", reason=reason)
