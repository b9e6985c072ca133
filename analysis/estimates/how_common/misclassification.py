"""Prevalence corrected for cases missed and wrongly recorded. Pure arithmetic, no randomness."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaincinv, ndtri

NODES = 48  # of each error rate
GRID = 400  # of the prevalence


@dataclass(frozen=True, slots=True)
class ErrorRate:
    """A proportion of correct verdicts, and of how many people it is known (``inf``: taken as
    known)."""

    share: float
    of: float = math.inf

    def __post_init__(self) -> None:
        if not 0 <= self.share <= 1:
            raise ValueError("share must be between 0 and 1")
        if not self.of > 0:
            raise ValueError("of must be above 0")


@dataclass(frozen=True, slots=True)
class Corrected:
    """``status``: ``ok``, ``truncated`` (the correction left [0, 1]) or ``not_identified``.

    ``raw``: the estimate before it was held in [0, 1].
    """

    status: str
    estimate: float | None = None
    lower: float | None = None
    upper: float | None = None
    raw: float | None = None
    method: str = ""


def rogan_gladen(apparent: float, sensitivity: float, specificity: float) -> Corrected:
    """``p = (q + Sp − 1) / (Se + Sp − 1)``, held in [0, 1]. Rogan & Gladen (1978).

    ``not_identified`` where ``Se + Sp <= 1``: the verdict is no better than chance.
    """
    for name, value in (("apparent", apparent), ("sensitivity", sensitivity)):
        if not 0 <= value <= 1:
            raise ValueError(f"{name} must be between 0 and 1")
    if not 0 <= specificity <= 1:
        raise ValueError("specificity must be between 0 and 1")
    gain = sensitivity + specificity - 1
    if gain <= 0:
        return Corrected("not_identified", method="rogan_gladen")
    raw = (apparent + specificity - 1) / gain
    held = min(max(raw, 0.0), 1.0)
    status = "ok" if held == raw else "truncated"
    return Corrected(status, held, raw=raw, method="rogan_gladen")


def rogan_gladen_interval(
    cases: float,
    people: float,
    sensitivity: ErrorRate,
    specificity: ErrorRate,
    level: float = 0.95,
) -> Corrected:
    """Rogan–Gladen with the limits of Lang and Reiczigel (2014).

    Counts are enlarged (q by z² people, half of them cases; each error rate by two people), the
    corrected p moved by ``2 z² (p Se(1−Se)/n_Se − (1−p) Sp(1−Sp)/n_Sp)``, and the variance is
    ``(q(1−q)/n + (1−p)² Sp(1−Sp)/n_Sp + p² Se(1−Se)/n_Se) / (Se + Sp − 1)²``. Give effective
    counts where people are clustered. Limits are held in [0, 1].
    """
    point = rogan_gladen(cases / people, sensitivity.share, specificity.share)
    if point.status == "not_identified":
        return point
    z = float(ndtri(0.5 + level / 2))
    n = people + z * z
    q = (cases + z * z / 2) / n
    se, n_se = _enlarged(sensitivity)
    sp, n_sp = _enlarged(specificity)
    gain = se + sp - 1
    if gain <= 0:
        return Corrected("not_identified", method="rogan_gladen")
    p = (q + sp - 1) / gain
    spread_se, spread_sp = se * (1 - se) / n_se, sp * (1 - sp) / n_sp
    moved = p + 2 * z * z * (p * spread_se - (1 - p) * spread_sp)
    variance = q * (1 - q) / n + (1 - p) ** 2 * spread_sp + p**2 * spread_se
    half = z * math.sqrt(variance) / gain
    low, high = (min(max(end, 0.0), 1.0) for end in (moved - half, moved + half))
    return Corrected(point.status, point.estimate, low, high, point.raw, "rogan_gladen")


def _enlarged(rate: ErrorRate) -> tuple[float, float]:
    if math.isinf(rate.of):
        return rate.share, math.inf
    return (rate.share * rate.of + 1) / (rate.of + 2), rate.of + 2


def bayesian_prevalence(
    cases: float,
    people: float,
    sensitivity: ErrorRate,
    specificity: ErrorRate,
    prior: tuple[float, float] = (1.0, 1.0),
    level: float = 0.95,
) -> Corrected:
    """Posterior median and equal-tailed limits of the prevalence, error rates integrated out.

    ``x ~ Bin(n, q)``, ``q = p Se + (1 − p)(1 − Sp)``, ``p ~ Beta(prior)``, each error rate Beta
    with ½ added to its right and wrong verdicts (or known). Gauss–Legendre on the quantiles of the
    error rates and on √p: no sampling, one answer always. ``not_identified`` where more than a
    twentieth of the error rates' weight has ``Se + Sp <= 1``. Joseph, Gyorkos & Coupal (1995).
    """
    if not 0 <= cases <= people or not people > 0:
        raise ValueError("cases must be between 0 and people, and people above 0")
    se, w_se = _nodes(sensitivity)
    sp, w_sp = _nodes(specificity)
    gain = se[:, None] + sp[None, :] - 1
    weight = w_se[:, None] * w_sp[None, :]
    if float(weight[gain <= 0].sum()) > 0.05:
        return Corrected("not_identified", method="bayes")
    false = np.broadcast_to(1 - sp[None, :], gain.shape)
    top = _highest(cases, people, float(gain[gain > 0].min()))
    at, step = np.polynomial.legendre.leggauss(GRID)
    root = (at + 1) / 2 * math.sqrt(top)
    p = root**2
    a, b = prior
    log_prior = (2 * a - 1) * np.log(root) + (b - 1) * np.log1p(-np.minimum(p, 1 - 1e-15))
    keep = gain.ravel() > 0
    rates = (gain.ravel()[keep], false.ravel()[keep], weight.ravel()[keep])
    mass = step * np.exp(log_prior - log_prior.max()) * _likelihood(cases, people, p, *rates)
    below = np.cumsum(mass) - mass / 2
    tails = np.array([(1 - level) / 2, 0.5, (1 + level) / 2]) * mass.sum()
    low, middle, high = np.interp(tails, below, root) ** 2
    return Corrected("ok", float(middle), float(low), float(high), float(middle), "bayes")


def _likelihood(
    cases: float,
    people: float,
    p: NDArray[np.float64],
    gain: NDArray[np.float64],
    false: NDArray[np.float64],
    weight: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Σ over error rates of weight × Bin(cases; people, q), up to a factor, at each p."""
    best = cases / people
    top = _log_likelihood(cases, people, np.array([best]))[0]
    total = np.zeros(len(p))
    for k in range(len(p)):
        total[k] = weight @ np.exp(_log_likelihood(cases, people, p[k] * gain + false) - top)
    return total


def _log_likelihood(cases: float, people: float, q: NDArray[np.float64]) -> NDArray[np.float64]:
    inside = np.clip(q, 1e-300, 1 - 1e-16)
    found = cases * np.log(inside) if cases > 0 else 0.0
    clean = (people - cases) * np.log1p(-inside) if cases < people else 0.0
    return np.asarray(found + clean)


def _highest(cases: float, people: float, gain: float) -> float:
    """A prevalence above which nothing of the posterior lies."""
    end = float(betaincinv(cases + 1, max(people - cases, 0) + 1e-9, 1 - 1e-9))
    return min(1.0, end / max(gain, 1e-3))


def _nodes(rate: ErrorRate) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    if math.isinf(rate.of):
        return np.array([rate.share]), np.array([1.0])
    at, weight = np.polynomial.legendre.leggauss(NODES)
    right = rate.share * rate.of
    return betaincinv(right + 0.5, rate.of - right + 0.5, (at + 1) / 2), weight / 2


def share_explained(apparent: float, specificity: float) -> float:
    """Largest proportion of apparent cases that are false: ``min(1, (1 − Sp) / q)``, whatever Se
    is."""
    if not 0 < apparent <= 1:
        raise ValueError("apparent must be above 0 and at most 1")
    return min(1.0, (1 - specificity) / apparent)


def corrected_rate(
    events: float, person_years: float, false_per_person_year: float, sensitivity: float
) -> Corrected:
    """Incidence ``(d / T − λ) / Se``: false positives accrue with time, so λ is a rate.

    Held at 0 from below. Person-time lost to false onsets is left out: small where they are rare.
    """
    if not person_years > 0 or events < 0 or false_per_person_year < 0:
        raise ValueError("events and rates must not be negative, person_years above 0")
    if not 0 < sensitivity <= 1:
        return Corrected("not_identified", method="rate")
    raw = (events / person_years - false_per_person_year) / sensitivity
    return Corrected("ok" if raw >= 0 else "truncated", max(raw, 0.0), raw=raw, method="rate")
