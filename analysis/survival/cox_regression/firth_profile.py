"""Intervals and tests of single coefficients from the profile of Firth's penalised likelihood."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import chi2

from ..arguments import Floats
from .data import CoxData
from .firth import Penalised, maximise_free, penalised
from .result import CoxResult

EVALUATIONS = 40
CLOSE = 1e-8  # of the root of the drop in deviance
ENOUGH = 1e-10  # decrement of a constrained maximum: its value is wrong by half of that


@dataclass(frozen=True)
class Profile:
    """Per column asked for: limits, the chi-squared statistic (1 df) of zero, its p value.

    ``status`` is ``ok``, or names the limit that was not found; that limit is then infinite.
    """

    columns: tuple[int, ...]
    level: float
    lower: Floats
    upper: Floats
    statistic: Floats
    p_value: Floats
    status: tuple[str, ...]


def firth_profile(
    fit: CoxResult, *, columns: Sequence[int] | None = None, level: float = 0.95
) -> Profile:
    """Profile likelihood intervals and tests of single coefficients of a Firth-penalised Cox fit.

    Limits where ``2 (ℓ*(β̂) − max ℓ* given β_j)`` reaches the chi-squared quantile (1 df). The
    penalty keeps the information of all columns, also of the one held fixed. A limit that is not
    found is infinite, and named in ``status``.

    Shapes: one entry for each of ``columns`` (default: all).
    Errors: ``ValueError`` unless ``fit`` is of ``cox(..., penalty="firth")`` with status ``ok``.
    Source: Heinze and Schemper (2001).

    >>> X = np.array([[0.0], [1.0], [0.0], [1.0], [1.0], [0.0]])
    >>> fit = cox(X, [1, 2, 3, 4, 5, 6], [1, 1, 1, 0, 1, 0], penalty="firth")
    >>> profile = firth_profile(fit)
    >>> profile.lower.round(3).tolist(), profile.upper.round(3).tolist()
    ([-1.976], [1.774])
    """
    if fit.penalty != "firth" or fit.fitted is None:
        raise ValueError("fit must be a Cox fit with penalty firth and status ok")
    if not 0 < level < 1:
        raise ValueError("level must lie between 0 and 1")
    data = fit.fitted.data
    which = tuple(range(data.X.shape[1]) if columns is None else columns)
    best = penalised(data, fit.fitted.at.beta)
    assert best is not None
    root = float(np.sqrt(chi2.ppf(level, 1)))
    lower = np.array([_limit(data, best, j, -root) for j in which])
    upper = np.array([_limit(data, best, j, root) for j in which])
    statistic = np.array([_drop(data, best, j) for j in which])
    return Profile(
        columns=which,
        level=level,
        lower=lower,
        upper=upper,
        statistic=statistic,
        p_value=chi2.sf(statistic, 1),
        status=tuple(_status(a, b) for a, b in zip(lower, upper, strict=True)),
    )


def _status(lower: float, upper: float) -> str:
    missing = [n for n, x in (("lower", lower), ("upper", upper)) if not np.isfinite(x)]
    return f"not_found: {' and '.join(missing)} limit" if missing else "ok"


def _drop(data: CoxData, best: Penalised, j: int) -> float:
    """Twice the loss of penalised likelihood when column j is held at zero."""
    there = _constrained(data, best, best, j, 0.0)
    return np.inf if there is None else max(2 * (best.value - there.value), 0.0)


def _constrained(
    data: CoxData, best: Penalised, near: Penalised, j: int, value: float
) -> Penalised | None:
    """Maximum over the other columns with column j at ``value``, started from ``near``."""
    V = near.covariance
    free = np.arange(len(V)) != j
    moved = V[:, j] * ((value - near.at.beta[j]) / V[j, j])
    start = penalised(data, near.at.beta + moved)
    if start is None:
        held = np.where(free, best.at.beta, value)
        start = penalised(data, held)
    return None if start is None else maximise_free(data, start, free, start.covariance, ENOUGH)


def _limit(data: CoxData, best: Penalised, j: int, root: float) -> float:
    """Newton on the signed root of the drop, kept inside the interval known to hold the limit."""
    sign = np.sign(root)
    inside, outside = best.at.beta[j], sign * np.inf
    value = inside + root * np.sqrt(best.covariance[j, j])
    near = best
    for _ in range(EVALUATIONS):
        there = _constrained(data, best, near, j, value)
        if there is None:
            outside, value = value, (value + inside) / 2
            continue
        reached = np.sqrt(max(2 * (best.value - there.value), 1e-300))
        miss = abs(root) - reached
        if abs(miss) <= CLOSE:
            return float(value)
        inside, outside = (value, outside) if miss > 0 else (inside, value)
        near = there
        value = _next(value, miss * reached / -there.score[j], inside, outside, best.at.beta[j])
    return float(sign * np.inf)


def _next(value: float, move: float, inside: float, outside: float, centre: float) -> float:
    trial = value + move
    if np.isinf(outside):  # not bracketed yet: outwards, at most three times as far
        furthest = centre + 3 * (value - centre)
        low, high = sorted((inside, furthest))
        return float(np.clip(trial, low, high)) if low < trial else furthest
    low, high = sorted((inside, outside))
    return trial if low < trial < high else (inside + outside) / 2
