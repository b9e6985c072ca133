"""Direct standardisation to a standard population, with gamma intervals. Pure arithmetic."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import gammaincinv


@dataclass(frozen=True, slots=True)
class Standardised:
    """``estimate`` is ``None`` where the status is not ``ok``."""

    status: str
    estimate: float | None = None
    lower: float | None = None
    upper: float | None = None
    std_error: float | None = None


def directly_standardised(
    cases: Sequence[float], people: Sequence[float], weights: Sequence[float], level: float = 0.95
) -> Standardised:
    """``y = Σ w_i x_i / n_i`` with ``w`` the standard's proportions, and the interval of Fay and
    Feuer.

    ``v = Σ w_i² x_i / n_i²`` and ``w_M = max w_i / n_i``; the limits are the quantiles of gamma
    distributions of mean y, variance v, and of mean ``y + w_M``, variance ``v + w_M²``
    (Fay & Feuer, 1997); the lower one is 0 without cases. A stratum of the standard without people
    has no rate: status ``empty_stratum``. ``ValueError`` on illegal counts or weights.
    """
    x, n = np.asarray(cases, dtype=np.float64), np.asarray(people, dtype=np.float64)
    w = np.asarray(weights, dtype=np.float64)
    if not (x.shape == n.shape == w.shape and x.ndim == 1 and len(x)):
        raise ValueError("cases, people and weights must be vectors of one length")
    wrong = np.flatnonzero(~((x >= 0) & (x <= n)))
    if len(wrong):
        raise ValueError(f"cases[{wrong[0]}] is not between 0 and people[{wrong[0]}]")
    if not ((w >= 0).all() and w.sum() > 0):
        raise ValueError("weights must not be negative and must have a sum")
    w = w / w.sum()
    used = w > 0
    if (n[used] == 0).any():
        return Standardised("empty_stratum")
    x, ratio = x[used], w[used] / n[used]
    y, v = math.fsum(ratio * x), math.fsum(ratio**2 * x)
    most = float(ratio.max())
    tail = (1 - level) / 2
    lower = 0.0 if y == 0 else float(gammaincinv(y * y / v, tail)) * v / y
    shape, scale = (y + most) ** 2 / (v + most**2), (v + most**2) / (y + most)
    upper = float(gammaincinv(shape, 1 - tail)) * scale
    return Standardised("ok", y, lower, min(upper, 1.0), math.sqrt(v))
