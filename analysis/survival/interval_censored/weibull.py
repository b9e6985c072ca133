"""Weibull time to onset with late entry and mixed censoring."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from ..arguments import Floats
from .log_cumulative_hazard import LogCumulativeHazard
from .mixed_censoring import OnsetTimes, onset_times
from .parametric_fit import ParametricResult, covariates, fit


def weibull(
    lower: ArrayLike,
    upper: ArrayLike,
    *,
    entry: ArrayLike | None = None,
    weights: ArrayLike | None = None,
    X: ArrayLike | None = None,
) -> ParametricResult:
    """Weibull time to onset, Λ(t | x) = exp(γ_0 + γ_1 log t + xᵀβ), onset in ``(lower, upper]``.

    Everybody is free of onset at ``entry``. γ_1 is the shape; the scale is exp(−γ_0/γ_1), in the
    unit of time. ``lower == upper`` is an exact onset, ``upper`` infinite a right-censored one. No
    onset, monotone likelihood and collinear columns are statuses.

    ``lifelines`` is a second opinion where onset is exact or right-censored (``WeibullFitter.fit``
    with ``entry``, to about six digits), and on small samples with intervals. On large ones
    ``fit_interval_censoring`` with ``entry`` may leave the maximum without an exception (14,969
    people: a log-likelihood of 7e279): it clips the probability of an interval at 1e-25, so that
    Λ(entry) grows without paying for it.

    Shapes: ``lower, upper, entry, weights`` (n,) in any one unit of time, ``X`` (n, q) constant
    over time.
    Errors: ``ValueError`` naming the argument and the first offending index.
    Source: Kalbfleisch and Prentice (2002), 2.2 and 3.5; Turnbull (1976) for entry.

    >>> fit = weibull([2, 4, 4, 7, 9], [2, 4, 6, np.inf, np.inf])
    >>> fit.names, fit.coefficients.round(3).tolist()
    (('intercept', 'log_time'), [-3.178, 1.534])
    """
    onset = onset_times(lower, upper, entry=entry, weights=weights)
    X_ = covariates(X, len(onset.lower))
    return fit("weibull", LogCumulativeHazard(None), onset, X_, exponential_start(onset))


def exponential_start(onset: OnsetTimes) -> Floats:
    """A constant hazard at the crude rate."""
    rate = onset.crude_rate if onset.n_onset else 1.0
    return np.array([np.log(rate), 1.0])
