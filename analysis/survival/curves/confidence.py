"""Pointwise 95 % intervals of a probability of staying event-free.

Kalbfleisch and Prentice (1980) for ``log-log``; a cumulative incidence F takes the interval of
1 − F, which for ``log-log`` is the complementary log-log interval (Choudhury 2002).
"""

from __future__ import annotations

import numpy as np
from scipy.special import ndtri

from ..arguments import Floats

TRANSFORMATIONS = ("log-log", "log", "plain")
_Z = float(ndtri(0.975))


def require_transformation(conf: str) -> None:
    """``ValueError`` for an interval of unknown scale."""
    if conf not in TRANSFORMATIONS:
        raise ValueError(f"conf must be one of {', '.join(TRANSFORMATIONS)}")


def survival_interval(survival: Floats, std_error: Floats, conf: str) -> tuple[Floats, Floats]:
    """Lower and upper limits; NaN where the transformation has none (at 0, and at 1 if log-log).

    ``log-log``: ``S^exp(±z·se / (S log S))``; ``log``: ``S·exp(±z·se / S)``; ``plain``:
    ``S ± z·se``. Limits are kept within 0 and 1.
    """
    if conf == "plain":
        half = _Z * std_error
        return np.clip(survival - half, 0, 1), np.clip(survival + half, 0, 1)
    inside = survival > 0
    if conf == "log-log":
        inside &= survival < 1
    s = np.where(inside, survival, np.nan)
    if conf == "log":
        factor = np.exp(_Z * std_error / s)
        return s / factor, np.minimum(s * factor, 1)
    power = np.exp(_Z * std_error / (s * -np.log(s)))
    return s**power, s ** (1 / power)


def incidence_interval(incidence: Floats, std_error: Floats, conf: str) -> tuple[Floats, Floats]:
    """The interval of 1 − F, turned round."""
    low, high = survival_interval(1 - incidence, std_error, conf)
    return 1 - high, 1 - low
