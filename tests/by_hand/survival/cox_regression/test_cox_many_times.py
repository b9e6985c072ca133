"""Where there are many event times one running total replaces the tables: the same to the digit."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from analysis.survival.cox_regression.model import cox
from analysis.survival.cox_regression.residuals import martingale_residuals
from analysis.survival.risk_set_sums import risk_sets

BY_LEVEL, RUNNING = np.inf, -1.0


def moments(n: int = 3000, seed: int = 8, days: int = 0) -> dict:
    """Late entry at any moment of time, in two strata; whole days where ``days`` is given."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, 3))
    start = rng.uniform(0, 30, n)
    stop = start + rng.exponential(10 * np.exp(-0.5 * X[:, 0])) + 1e-3
    if days:
        start, stop = np.floor(start), np.ceil(stop)
    return {
        "X": X,
        "start": start,
        "stop": stop,
        "event": (rng.random(n) < 0.6).astype(int),
        "strata": rng.integers(0, 2, n),
        "weights": rng.integers(1, 9, n) / 4,
        "id": np.arange(n),
    }


def fitted(monkeypatch, how: float, data: dict, **options):
    monkeypatch.setattr(risk_sets, "ROWS_WORTH_A_CELL", how)
    fit = cox(**data, **options)
    assert fit.fitted is None or fit.fitted.data.sets.running is (how == RUNNING)
    return fit


def test_many_times_are_told_from_few():
    assert cox(**moments()).fitted.data.sets.running
    assert not cox(**moments(20_000, days=1)).fitted.data.sets.running


@pytest.mark.parametrize("days", [0, 1])
@pytest.mark.parametrize("options", [{}, {"ties": "breslow"}, {"penalty": "firth"}])
def test_a_fit_is_the_same_either_way(monkeypatch, days, options):
    data = moments(days=days)
    level = fitted(monkeypatch, BY_LEVEL, data, **options)
    running = fitted(monkeypatch, RUNNING, data, **options)
    assert level.status == running.status == "ok"
    apart = np.abs(level.coefficients - running.coefficients) / level.std_error
    assert apart.max() <= 1e-10
    np.testing.assert_allclose(running.covariance, level.covariance, rtol=1e-11)
    np.testing.assert_allclose(running.robust_covariance, level.robust_covariance, rtol=1e-10)
    np.testing.assert_allclose(running.log_likelihood, level.log_likelihood, rtol=1e-13)
    np.testing.assert_allclose(
        martingale_residuals(running), martingale_residuals(level), rtol=1e-9, atol=1e-12
    )


def three_before_many(spread: float) -> tuple[np.ndarray, ...]:
    """Three at risk early with scores near exp(-spread), then thousands up to exp(spread)."""
    rng = np.random.default_rng(2)
    n = 4000
    x = rng.uniform(-spread, spread, n)
    start = rng.uniform(100, 130, n)
    stop = start + rng.exponential(50, n)
    x[:3], start[:3], stop[:3] = -spread + np.array([0.1, 0.4, 0.2]), 0.0, [20, 50, 80]
    return x, start, stop


@pytest.mark.parametrize("spread", [3.0, 7.5, 40.0])
def test_small_early_risk_sets_are_exact(spread):
    x, start, stop = three_before_many(spread)
    everyone = np.ones(len(x), np.int64)
    sets = risk_sets.risk_sets(start, stop, everyone, np.zeros(len(x), np.int64))
    assert sets.running
    r, V = np.exp(x)[sets.order], x[sets.order, None]
    total = risk_sets.sums(sets, V, r)
    scores = [Fraction(float(v)) for v in np.exp(x[:3])]
    exact = [sum(scores[k:]) for k in range(3)]
    np.testing.assert_allclose(total[:3, 0], [float(e) for e in exact], rtol=1e-15)
    exact_x = [sum(s * Fraction(float(v)) for s, v in zip(scores, x[:3], strict=True))]
    np.testing.assert_allclose(total[0, 1], float(exact_x[0]), rtol=1e-14)


def test_a_risk_set_too_small_for_a_running_total_is_summed_by_level():
    x, start, stop = three_before_many(40.0)
    sets = risk_sets.risk_sets(start, stop, np.ones(len(x), np.int64), np.zeros(len(x), np.int64))
    r, V = np.exp(x)[sets.order], x[sets.order, None]
    assert risk_sets.running_sums(sets, risk_sets.padded(V), r) is None
    small = np.exp(x / 20)[sets.order]
    running = risk_sets.running_sums(sets, risk_sets.padded(V), small)
    np.testing.assert_allclose(running[:, :2], risk_sets.level_sums(sets, V, small), rtol=1e-13)
