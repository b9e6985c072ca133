"""Intervals of the share by 15 months and of the quartiles hold the truth as often as they say."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.survival.curves.aalen_johansen import aalen_johansen
from analysis.survival.curves.conditional_timing import conditional_quantile, conditional_share

SEED = 20_154
RUNS = 400
ONSET, DEATH, SINCE, HORIZON, EARLY = 1 / 9000, 1 / 2500, 90.0, 3652.5, 456.5625
RATE = ONSET + DEATH


def share_by(day: np.ndarray | float) -> np.ndarray | float:
    """G(t) of constant hazards from ``SINCE``: a truncated exponential whatever the causes."""
    return np.expm1(-RATE * (day - SINCE)) / np.expm1(-RATE * (HORIZON - SINCE))


def quantile(q: float) -> float:
    return SINCE - np.log1p(q * np.expm1(-RATE * (HORIZON - SINCE))) / RATE


def registry(run: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """900 people, a third entering late, all leaving at the end of data if nothing happens."""
    random = np.random.default_rng([SEED, run])
    n = 900
    entry = np.where(random.random(n) < 1 / 3, random.uniform(SINCE, 2000, n), SINCE)
    exit_ = entry + random.exponential(1 / RATE, n)
    end = np.maximum(random.uniform(500, 6000, n), entry + 1)
    state = np.where(exit_ > end, 0, np.where(random.random(n) < ONSET / RATE, 1, 2))
    return entry, np.minimum(exit_, end), state


@pytest.fixture(scope="module")
def held() -> np.ndarray:
    """Whether each interval held the truth: RUNS × (share, three quartiles)."""
    out = []
    for run in range(RUNS):
        entry, stop, state = registry(run)
        curve = aalen_johansen(stop, state, start=entry, causes=[1, 2])
        share = conditional_share(curve, EARLY, HORIZON, 1)
        row = [share.lower <= share_by(EARLY) <= share.upper]
        for q in (0.25, 0.5, 0.75):
            found = conditional_quantile(curve, q, HORIZON, 1)
            row.append(found.lower <= quantile(q) <= found.upper)
        out.append(row)
    return np.array(out)


@pytest.mark.parametrize("column", range(4), ids=["share", "q25", "median", "q75"])
def test_an_interval_holds_the_truth_as_often_as_it_says(held: np.ndarray, column: int) -> None:
    # 0.95 ± 0.027, and three standard errors of 400 runs beyond it would be ± 0.033
    assert abs(held[:, column].mean() - 0.95) <= 0.033
