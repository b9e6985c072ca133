"""Coverage of 95 % intervals under late entry, where no reference implementation exists.

Constant cause-specific hazards for curves and time lost, so that truth is a formula; for the
subdistribution hazard the mechanism of Fine and Gray (1999). Two thirds enter late, and only
those whose event is yet to come: left truncation. Every cell has 100 events or more.
"""

from __future__ import annotations

import numpy as np
import pytest

from analysis.survival.competing_risks.fine_gray import fine_gray
from analysis.survival.curves.aalen_johansen import aalen_johansen
from analysis.survival.curves.product_limit import kaplan_meier
from analysis.survival.curves.restricted_mean import restricted_mean, time_lost

RATES = np.array([0.15, 0.10])
TOTAL = RATES.sum()
HORIZON = 5.0


def entries(rng: np.random.Generator, n: int) -> np.ndarray:
    return np.where(rng.random(n) < 1 / 3, 0.0, rng.uniform(0, 3, n))


def constant_hazards(rng: np.random.Generator, n: int):
    start, event = entries(rng, n), rng.exponential(1 / TOTAL, n)
    cause = np.where(rng.random(n) < RATES[0] / TOTAL, 1, 2)
    end = start + rng.uniform(1, 9, n)
    seen = event > start
    stop, cause = np.minimum(event, end), np.where(event <= end, cause, 0)
    return stop[seen], cause[seen], start[seen]


def subdistribution(rng: np.random.Generator, n: int, beta: float, share: float = 0.6):
    """``F_1(t | x) = 1 − (1 − share (1 − e^{−t/4}))^exp(xβ)``; other events exponential."""
    x, u = rng.normal(size=n) * 0.7, rng.random(n)
    hazard = np.exp(beta * x)
    ever = 1 - (1 - share) ** hazard
    first = u < ever
    inner = np.where(first, 1 - (1 - np.where(first, u, 0)) ** (1 / hazard), 0) / share
    event = np.where(first, -4 * np.log1p(-inner), rng.exponential(4, n))
    start = entries(rng, n)
    end = start + rng.uniform(1, 9, n)
    seen = event > start
    cause = np.where(event <= end, np.where(first, 1, 2), 0)
    return x[seen, None], np.minimum(event, end)[seen], cause[seen], start[seen]


def covers(lower, truth, upper) -> np.ndarray:
    return (np.asarray(lower) <= truth) & (truth <= np.asarray(upper))


def curves(rng: np.random.Generator) -> np.ndarray:
    """Incidence at 3 by both variances, time lost to each cause, mean event-free time."""
    stop, cause, start = constant_hazards(rng, 700)
    truth = RATES / TOTAL * -np.expm1(-TOTAL * 3)
    found = []
    for variance in ("greenwood", "jackknife"):
        curve = aalen_johansen(stop, cause, start=start, variance=variance)
        read = curve.at([3.0])
        found.extend(covers(read.lower[0], truth, read.upper[0]))
    lost = time_lost(aalen_johansen(stop, cause, start=start), HORIZON)
    free = restricted_mean(kaplan_meier(stop, cause > 0, start=start), HORIZON)
    mean = -np.expm1(-TOTAL * HORIZON) / TOTAL
    found.extend(covers(lost.lower, RATES / TOTAL * (HORIZON - mean), lost.upper))
    found.extend(covers(free.lower, mean, free.upper))
    return np.array(found)


def coefficient(rng: np.random.Generator) -> np.ndarray:
    x, stop, cause, start = subdistribution(rng, 900, 0.5)
    fit = fine_gray(x, stop, cause, start=start)
    reach = 1.959963984540054 * fit.std_error
    return covers(fit.coefficients - reach, 0.5, fit.coefficients + reach)


def assert_covered(draw, seed: int, runs: int) -> None:
    rng = np.random.default_rng(seed)
    covered = np.mean([draw(rng) for _ in range(runs)], axis=0)
    assert (np.abs(covered - 0.95) <= 3.9 * np.sqrt(0.95 * 0.05 / runs)).all(), covered


@pytest.mark.parametrize(("draw", "seed"), [(curves, 111), (coefficient, 112)])
def test_coverage_on_a_small_grid(draw, seed):
    assert_covered(draw, seed, 250)


@pytest.mark.nightly
@pytest.mark.parametrize(("draw", "seed"), [(curves, 113), (coefficient, 114)])
def test_coverage(draw, seed):
    assert_covered(draw, seed, 4000)
