"""Cumulative incidence of onset from a fitted illness–death model, with delta-method intervals."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import linalg, stats

from ..arguments import Floats, refuse, vector
from .likelihood import POWER, gauss_legendre
from .model import IllnessDeathResult

NODES = 48


@dataclass(frozen=True)
class OnsetIncidence:
    """F(t) at ``times``, its standard error and complementary log-log interval; all (times,)."""

    times: Floats
    estimate: Floats
    std_error: Floats
    lower: Floats
    upper: Floats


@dataclass(frozen=True)
class OnsetShare:
    """F(time) / F(horizon), with the same kind of interval."""

    estimate: float
    std_error: float
    lower: float
    upper: float


def onset_incidence(
    fit: IllnessDeathResult, times: ArrayLike, *, start: float = 0.0, level: float = 0.95
) -> OnsetIncidence:
    """Cumulative incidence of onset, F(t | s) = ∫_s^t S_0(u) / S_0(s) λ_01(u) du, from a fit.

    S_0 = exp(−Σ_k Λ_0k), k over onset, death and every other exit of the fit: what happens, not
    what would if nobody died, in those alive and free of onset at s, the ``start``. Interval by the
    delta method on log(−log(1 − F)): se = se(F) / ((1 − F) |log(1 − F)|). Where F is 0 there is
    none.

    Shapes: ``times`` (M,), in the unit of the fit.
    Errors: ``ValueError`` for a result without an estimate, times before ``start``, a level outside
    (0, 1).
    Source: Touraine, Gerds and Joly (2017).

    >>> negative, positive = [2, 3, 5, 1, 4, 6, 2, 7], [3, 5, np.inf, np.inf, 6, np.inf, np.inf, 8]
    >>> left, state = [6, 7, 8, 3, 8, 9, 4, 9], [1, 0, 0, 1, 1, 0, 1, 0]
    >>> fit = illness_death(negative, positive, left, state, after_onset="same")
    >>> onset_incidence(fit, [4, 8]).estimate.round(3).tolist()
    [0.196, 0.679]
    """
    at = _checked(fit, times, start, level)
    estimate, gradient, covariance = _integrals(fit, at, start)
    error = _errors(gradient, covariance)
    lower, upper = _cloglog(estimate, error, level)
    return OnsetIncidence(at, estimate, error, lower, upper)


def onset_share(
    fit: IllnessDeathResult,
    time: float,
    horizon: float,
    *,
    start: float = 0.0,
    level: float = 0.95,
) -> OnsetShare:
    """Proportion of the onsets by ``horizon`` that come by ``time``, F(time | s) / F(horizon | s).

    Interval as in :func:`onset_incidence`; s is ``start``.

    Shapes: one number; times in the unit of the fit.
    Errors: ``ValueError`` unless start < time < horizon, and as :func:`onset_incidence`.
    Source: Touraine, Gerds and Joly (2017).

    >>> negative, positive = [2, 3, 5, 1, 4, 6, 2, 7], [3, 5, np.inf, np.inf, 6, np.inf, np.inf, 8]
    >>> left, state = [6, 7, 8, 3, 8, 9, 4, 9], [1, 0, 0, 1, 1, 0, 1, 0]
    >>> fit = illness_death(negative, positive, left, state, after_onset="same")
    >>> round(onset_share(fit, 4, 8).estimate, 3)
    0.289
    """
    at = _checked(fit, [time, horizon], start, level)
    if not start < time < horizon:
        raise ValueError("time must lie between start and horizon")
    value, gradient, covariance = _integrals(fit, at, start)
    share = value[:1] / value[1]
    slope = (gradient[:1] - share[:, None] * gradient[1:]) / value[1]
    error = _errors(slope, covariance)
    lower, upper = _cloglog(share, error, level)
    return OnsetShare(float(share[0]), float(error[0]), float(lower[0]), float(upper[0]))


def _checked(fit: IllnessDeathResult, times: ArrayLike, start: float, level: float) -> Floats:
    if fit.status == "not_estimable":
        raise ValueError("fit has no estimate to draw")
    if not 0 < level < 1:
        raise ValueError("level must lie between 0 and 1")
    if start < 0:
        raise ValueError("start is negative")
    at = vector("times", times)
    refuse("times", at < start, "is before start")
    return at


def leaving(fit: IllnessDeathResult) -> tuple[Floats, Floats]:
    """(γ_0, γ_1) of every way out of the first state, onset first, and their covariance."""
    others = [exit_ for exit_ in fit.other_exits.values() if exit_.status != "not_estimable"]
    theta = np.concatenate([fit.coefficients[:4], *(other.coefficients for other in others)])
    blocks = [fit.covariance[:4, :4], *(other.covariance for other in others)]
    return theta.reshape(-1, 2), linalg.block_diag(*blocks)


def _integrals(fit: IllnessDeathResult, at: Floats, start: float) -> tuple[Floats, Floats, Floats]:
    """F, its gradient (times, p) by all coefficients of :func:`leaving`, their covariance."""
    theta, covariance = leaving(fit)
    nodes, shares = gauss_legendre(NODES)
    left = start ** (1 / POWER)
    width = at ** (1 / POWER) - left
    root = left + width[:, None] * nodes
    log_u = POWER * np.log(np.where(root > 0, root, 1.0))
    step = shares * width[:, None] * POWER * np.exp(log_u) / np.where(root > 0, root, 1.0)
    totals = np.exp(theta[:, 0, None, None] + theta[:, 1, None, None] * log_u)
    log_start = np.log(start) if start > 0 else 0.0
    began = np.exp(theta[:, 0] + theta[:, 1] * log_start) * (start > 0)
    survival = np.exp(-(totals - began[:, None, None]).sum(axis=0))
    log_hazard = theta[0, 0] + (theta[0, 1] - 1) * log_u + np.log(theta[0, 1])
    density = step * survival * np.exp(log_hazard)
    slopes = []
    for j in range(len(theta)):
        own = 1.0 if j == 0 else 0.0
        slopes.append(own - totals[j] + began[j])
        slopes.append(own * (log_u + 1 / theta[0, 1]) - totals[j] * log_u + began[j] * log_start)
    gradient = np.column_stack([(density * slope).sum(axis=1) for slope in slopes])
    return density.sum(axis=1), gradient, covariance


def _errors(gradient: Floats, covariance: Floats) -> Floats:
    out: Floats = np.sqrt(np.maximum(((gradient @ covariance) * gradient).sum(axis=1), 0.0))
    return out


def _cloglog(estimate: Floats, error: Floats, level: float) -> tuple[Floats, Floats]:
    z = float(stats.norm.ppf(0.5 + level / 2))
    inside = (estimate > 0) & (estimate < 1)
    p = np.where(inside, estimate, np.nan)
    log_free = np.log1p(-p)
    factor = np.exp(z * error / ((1 - p) * -log_free))
    return -np.expm1(log_free / factor), -np.expm1(log_free * factor)
