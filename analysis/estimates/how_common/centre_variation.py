"""Variation between centres beyond chance, and shrunken estimates of each centre's proportion."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import minimize
from scipy.special import betainc, betaincinv, betaln, chdtrc, expit, logit

LEAST = 1e-7  # an intraclass correlation that is none


@dataclass(frozen=True, slots=True)
class CentreVariation:
    """A beta-binomial fit to cases by centre.

    ``mean``; ``correlation``: intraclass, 1 / (a + b + 1); ``lower, upper``: where 95 % of centres'
    own prevalences lie under the fit; ``p_value``: likelihood ratio against no variation (half a
    chi-squared of 1); ``overdispersion``: Pearson's chi-squared over centres − 1.
    """

    status: str
    centres: int
    mean: float = 0.0
    correlation: float = 0.0
    lower: float = 0.0
    upper: float = 0.0
    p_value: float = 1.0
    overdispersion: float = 1.0


def centre_variation(cases: ArrayLike, people: ArrayLike) -> CentreVariation:
    """Maximum likelihood for the beta-binomial (Skellam, 1948; Williams, 1975).

    Status ``no_clusters`` with one centre, ``no_cases`` without cases or with nothing else; a
    correlation on its bound is 0 and leaves no range. ``ValueError`` on illegal counts.
    """
    x, n = np.asarray(cases, dtype=np.float64), np.asarray(people, dtype=np.float64)
    wrong = np.flatnonzero(~((x >= 0) & (x <= n)))
    if x.shape != n.shape or len(wrong):
        raise ValueError(f"cases[{wrong[0] if len(wrong) else 0}] does not go with people")
    x, n = x[n > 0], n[n > 0]
    if len(n) < 2:
        return CentreVariation("no_clusters", len(n))
    p = float(x.sum() / n.sum())
    if p in (0.0, 1.0):
        return CentreVariation("no_cases", len(n), p, lower=p, upper=p)
    pearson = float(((x - n * p) ** 2 / (n * p * (1 - p))).sum() / (len(n) - 1))
    mean, rho, gain = _fitted(x, n, p)
    chance = 0.5 * float(chdtrc(1, 2 * gain)) if gain > 0 else 1.0
    low, high = _range(mean, rho)
    return CentreVariation("ok", len(n), mean, rho, low, high, chance, pearson)


def shrunken(fit: CentreVariation, cases: ArrayLike, people: ArrayLike) -> NDArray[np.float64]:
    """Empirical-Bayes proportions ``(a + x) / (a + b + n)`` under the fit; the mean where it is
    0."""
    x, n = np.asarray(cases, dtype=np.float64), np.asarray(people, dtype=np.float64)
    if fit.correlation <= 0:
        return np.full(len(n), fit.mean)
    total = 1 / fit.correlation - 1
    return (fit.mean * total + x) / (total + n)


def funnel_limits(
    share: float, people: ArrayLike, level: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Binomial limits of a centre's proportion round ``share`` by its size, interpolated between
    counts.

    Spiegelhalter (2005), with the mid-point of the exact quantile taken linearly.
    """
    n = np.asarray(people, dtype=np.float64)
    tail = (1 - level) / 2
    return _quantile(share, n, tail), _quantile(share, n, 1 - tail)


def _quantile(share: float, n: NDArray[np.float64], at: float) -> NDArray[np.float64]:
    """Solve P(X <= x) = at for fractional x through the beta function, by bisection."""
    low, high = np.zeros(len(n)), n.copy()
    for _ in range(60):
        middle = (low + high) / 2
        # P(X <= x) = I_{1-p}(n - x, x + 1)
        chance = betainc(np.maximum(n - middle, 1e-12), middle + 1, 1 - share)
        low, high = np.where(chance < at, middle, low), np.where(chance < at, high, middle)
    return np.divide((low + high) / 2, n, out=np.zeros(len(n)), where=n > 0)


def _fitted(x: NDArray[np.float64], n: NDArray[np.float64], p: float) -> tuple[float, float, float]:
    """Mean, correlation and log-likelihood gained over the binomial."""
    plain = float((x * np.log(p) + (n - x) * np.log1p(-p)).sum())

    def loss(at: NDArray[np.float64]) -> float:
        mean, rho = float(expit(at[0])), float(expit(at[1]))
        return -_log_likelihood(x, n, mean, rho)

    start = np.array([logit(p), logit(1e-3)])
    bounds = [(start[0] - 5, start[0] + 5), (logit(LEAST) - 1, logit(0.5))]
    found = minimize(loss, start, method="L-BFGS-B", bounds=bounds)
    if expit(found.x[1]) > LEAST:  # to the last digit, where it is not on its bound
        found = minimize(loss, found.x, method="Nelder-Mead", options=_NELDER_MEAD)
    gain = -float(found.fun) - plain
    rho = float(expit(found.x[1]))
    if rho < LEAST or gain <= 1e-9:
        return p, 0.0, 0.0
    return float(expit(found.x[0])), rho, gain


_NELDER_MEAD = {"xatol": 1e-9, "fatol": 1e-10, "maxiter": 400}


def _log_likelihood(
    x: NDArray[np.float64], n: NDArray[np.float64], mean: float, rho: float
) -> float:
    total = 1 / max(rho, 1e-12) - 1
    a, b = mean * total, (1 - mean) * total
    if not (a > 0 and b > 0):
        return -np.inf
    return float((betaln(a + x, b + n - x) - betaln(a, b)).sum())


def _range(mean: float, rho: float) -> tuple[float, float]:
    if rho <= 0:
        return mean, mean
    total = 1 / rho - 1
    a, b = mean * total, (1 - mean) * total
    return float(betaincinv(a, b, 0.025)), float(betaincinv(a, b, 0.975))
