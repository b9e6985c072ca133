"""Cumulative incidence from the latent time to onset, with competing exits combined.

With ``S_1`` the survival free of onset and ``S_2`` that free of every competing exit, both
conditional on the starting day, ``F(t) = ∫ S_2(u−) d{1 − S_1(u)}``. Exits are observed exactly,
so S_2 is Kaplan-Meier; its error is small beside that of onset and is not carried.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.survival.curves.confidence import incidence_interval
from analysis.survival.curves.curve import Curve
from analysis.survival.interval_censored.parametric_fit import ParametricResult

Floats = NDArray[np.float64]
STEP = 5.0  # days of the integration grid; F at a day errs by less than S_2's fall over a step


@dataclass(frozen=True)
class Incidence:
    """F at the times asked for, with limits (NaN where there are none): all (M,)."""

    estimate: Floats
    std_error: Floats
    lower: Floats
    upper: Floats


def parametric_incidence(
    fit: ParametricResult, others: Curve, times: Floats, since: float
) -> Incidence:
    """F(t) of a fitted time to onset; complementary log-log limits by the delta method.

    ``others``: Kaplan-Meier of the competing exits since the same day.
    """
    estimate = _incidence(fit, fit.coefficients, others, times, since)
    gradient = _gradient(
        lambda theta: _incidence(fit, theta, others, times, since), fit.coefficients, fit.std_error
    )
    variance = ((gradient @ fit.covariance) * gradient).sum(axis=1)
    error = np.sqrt(np.maximum(variance, 0))
    lower, upper = incidence_interval(estimate, error, "log-log")
    return Incidence(estimate, error, lower, upper)


def _incidence(
    fit: ParametricResult, theta: Floats, others: Curve, times: Floats, since: float
) -> Floats:
    days, last = integration_days(since, times)
    X = np.zeros((len(days), 0))
    total = fit.hazard.cumulative(days, X).value(theta)[0]
    free = np.exp(-(total - total[0]))
    return accumulated(free, others, days)[last]


def integration_days(since: float, times: Floats) -> tuple[Floats, NDArray[np.int64]]:
    """A grid from ``since`` on that holds all ``times``, and where they stand on it."""
    steps = np.arange(since, float(times.max()) + STEP, STEP)
    days = np.unique(np.concatenate([steps, times[times > since]]))
    return days, np.searchsorted(days, np.maximum(times, since))


def accumulated(free: Floats, others: Curve, days: Floats) -> Floats:
    """``Σ S_2(middle of a step) {S_1(begin) − S_1(end)}`` at each of ``days``."""
    middle = (days[1:] + days[:-1]) / 2
    staying = others.at(middle).estimate
    return np.append(0.0, np.cumsum(staying * -np.diff(free)))


def _gradient(of: Callable[[Floats], Floats], theta: Floats, scale: Floats) -> Floats:
    """Central differences, a thousandth of a standard error to each side: (M, p)."""
    columns = []
    for j in range(len(theta)):
        step = np.zeros(len(theta))
        step[j] = 1e-3 * scale[j]
        columns.append((of(theta + step) - of(theta - step)) / (2e-3 * scale[j]))
    return np.column_stack(columns)
