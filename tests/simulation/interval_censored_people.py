"""People with a known hazard of onset, seen late and only now and then."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analysis.survival.arguments import Floats

SHAPE, SCALE, LOG_RATIO = 1.4, 1500.0, 0.5


@dataclass(frozen=True)
class Seen:
    """What a registry would hold of them; times in days."""

    lower: Floats
    upper: Floats
    entry: Floats
    X: Floats


def true_survival(times: Floats, x: float = 0.0) -> Floats:
    return np.exp(-np.exp(LOG_RATIO * x) * (times / SCALE) ** SHAPE)


def people(n: int, rng: np.random.Generator, exact_share: float = 0.2) -> Seen:
    """``n`` people free of onset at entry: half enter late, looks 60 to 500 days apart.

    Weibull onset, proportional hazards in one binary covariate; an ``exact_share`` is known to
    the day it happened. Looks and leaving do not depend on onset.
    """
    x = rng.integers(0, 2, 4 * n)
    onset = SCALE * (rng.exponential(size=4 * n) * np.exp(-LOG_RATIO * x)) ** (1 / SHAPE)
    entry = np.where(rng.uniform(size=4 * n) < 0.5, 0.0, rng.integers(0, 900, 4 * n))
    able = np.flatnonzero(onset > entry)[:n]
    x, onset, entry = x[able], onset[able], entry[able]
    gaps = rng.integers(60, 500, (n, 8)).astype(float)
    looks = entry[:, None] + np.column_stack([np.zeros(n), np.cumsum(gaps, axis=1)])
    looks[:, 1:] = np.where(looks[:, 1:] > entry[:, None] + 2000, np.inf, looks[:, 1:])
    after = (looks < onset[:, None]).sum(axis=1)
    rows = np.arange(n)
    lower, upper = looks[rows, after - 1], looks[rows, np.minimum(after, 8)]
    upper = np.where(after > 8, np.inf, upper)
    known = (rng.uniform(size=n) < exact_share) & np.isfinite(upper)
    lower, upper = np.where(known, onset, lower), np.where(known, onset, upper)
    return Seen(lower, upper, entry, x[:, None].astype(float))
