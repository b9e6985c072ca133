"""Robust intervals where people of a centre share what is not measured.

The shared factor Z is positive stable, so that hazards stay proportional when it is averaged over:
the coefficient is ``α β`` whatever Z (Hougaard 1986). Entry is late and does not depend on Z.
"""

from __future__ import annotations

import numpy as np
import pytest

from analysis.survival.cox_regression.model import cox

ALPHA, BETA = 0.7, np.array([0.8, 0.5])
CENTRES, PEOPLE = 200, 5
MONTE_CARLO = 3.9  # standard errors of a simulated proportion


def positive_stable(rng: np.random.Generator, n: int) -> np.ndarray:
    """``E exp(-s Z) = exp(-s^α)`` (Kanter 1975)."""
    u, e = rng.uniform(0, np.pi, n), rng.exponential(size=n)
    first = np.sin(ALPHA * u) / np.sin(u) ** (1 / ALPHA)
    return first * (np.sin((1 - ALPHA) * u) / e) ** ((1 - ALPHA) / ALPHA)


def centres(rng: np.random.Generator) -> dict:
    """The first covariate is the centre's, the second the person's; half enter late."""
    centre = np.repeat(np.arange(CENTRES), PEOPLE)
    X = np.column_stack([rng.integers(0, 2, CENTRES)[centre], rng.normal(size=len(centre))])
    wait = rng.exponential(size=len(centre)) / positive_stable(rng, CENTRES)[centre]
    time = np.ceil(300 * wait * np.exp(-X @ BETA))
    start = rng.integers(0, 60, len(centre)) * rng.integers(0, 2, len(centre)).astype(float)
    kept = time > start
    data = {"X": X, "start": start, "stop": np.minimum(time, 1000.0), "event": time <= 1000}
    return {name: column[kept] for name, column in (data | {"cluster": centre}).items()}


def coverage(n_runs: int) -> tuple[np.ndarray, np.ndarray, int]:
    """Share of the intervals that hold ``α β``: robust, model's; least number of events."""
    rng, robust, model, least = np.random.default_rng(17), np.zeros(2), np.zeros(2), 10**9
    for _ in range(n_runs):
        fit = cox(**centres(rng))
        missed = np.abs(fit.coefficients - ALPHA * BETA) / 1.959963984540054
        robust += missed <= fit.robust_std_error
        model += missed <= fit.std_error
        least = min(least, fit.n_events)
    return robust / n_runs, model / n_runs, least


def assert_robust_covers(n_runs: int) -> None:
    robust, model, least = coverage(n_runs)
    print(n_runs, robust, model, least)
    assert least >= 100
    assert (np.abs(robust - 0.95) <= MONTE_CARLO * np.sqrt(0.95 * 0.05 / n_runs)).all()
    assert model[0] < 0.9, "people of a centre are alike: the model's error is too small"


def test_the_factor_has_the_transform_it_should():
    z = positive_stable(np.random.default_rng(3), 200_000)
    for s in (0.3, 1.0, 4.0):
        assert np.exp(-s * z).mean() == pytest.approx(np.exp(-(s**ALPHA)), abs=0.004)


def test_robust_intervals_cover_in_centres():
    assert_robust_covers(150)


@pytest.mark.nightly
def test_robust_intervals_cover_in_centres_four_thousand_times():
    assert_robust_covers(4000)
