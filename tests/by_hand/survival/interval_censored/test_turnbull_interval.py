"""Bootstrap limits of the non-parametric onset curve: where they are binomial, and what is said."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from analysis.survival.interval_censored.turnbull_bootstrap import turnbull_interval

INF = np.inf


def one_look(n_onset: int, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Everyone is looked at once, on day 10; so many have it."""
    onset = np.arange(n) < n_onset
    return np.where(onset, 0.0, 10.0), np.where(onset, 10.0, INF)


def test_one_look_is_a_proportion():
    """S(10) is the share without onset: a draw of people is a binomial, limits its quantiles."""
    found = turnbull_interval(*one_look(60, 200), [10], replicates=2000, seed=1, name="one look")
    assert (found.status, found.n_failed) == ("ok", 0)
    np.testing.assert_allclose([found.survival_lower, found.survival_upper], 0.7, rtol=1e-12)
    expected = stats.binom.ppf([0.025, 0.975], 200, 0.7) / 200
    np.testing.assert_allclose([found.lower[0], found.upper[0]], expected, atol=0.0101)


def test_between_looks_the_limits_are_those_of_the_bounds():
    found = turnbull_interval(*one_look(60, 200), [5], replicates=200, seed=1, name="between")
    assert found.survival_lower[0] == pytest.approx(0.7)
    assert (found.survival_upper[0], found.upper[0]) == (1, 1)
    assert 0.6 < found.lower[0] < 0.7


def test_people_of_a_cluster_are_drawn_together():
    """Pairs who are alike are half as many: limits are wider by about the root of two."""
    lower, upper = one_look(60, 200)
    alone = turnbull_interval(lower, upper, [10], replicates=1000, seed=2, name="pairs")
    pairs = turnbull_interval(
        lower, upper, [10], cluster=np.arange(200) // 2, replicates=1000, seed=2, name="pairs"
    )
    ratio = (pairs.upper - pairs.lower) / (alone.upper - alone.lower)
    assert 1.2 < ratio[0] < 1.65


def test_there_is_no_standard_error_and_the_reason_is_said():
    found = turnbull_interval(*one_look(6, 20), [10], replicates=20, seed=3, name="reason")
    assert found.std_error_status == "not_available"
    assert "cube root" in found.std_error_reason


def test_replicates_without_an_onset_are_counted():
    found = turnbull_interval(*one_look(1, 20), [10], replicates=100, seed=4, name="rare")
    assert found.status == "not_estimable"
    assert "replicates have no estimate" in found.reason
    assert np.isnan(found.lower).all()


def test_the_same_seed_gives_the_same_limits():
    lower, upper = one_look(30, 60)
    entry = np.where(np.arange(60) % 2, 0.0, 3.0) * (lower > 0)
    first, second = (
        turnbull_interval(lower, upper, [10], entry=entry, replicates=50, seed=5, name="again")
        for _ in range(2)
    )
    np.testing.assert_array_equal(first.lower, second.lower)
    np.testing.assert_array_equal(first.upper, second.upper)


def test_coverage_where_looks_are_few():
    """Looks at 1, 2, 3, 4, half enter late; S(2) = exp(-0.6) lies inside 95 % of the time."""
    rng, hits, runs = np.random.default_rng(6), 0, 60
    for run in range(runs):
        onset, entry = rng.exponential(1 / 0.3, 300), rng.integers(0, 2, 300).astype(float)
        kept = onset > entry
        onset, entry = onset[kept], entry[kept]
        lower = np.clip(np.floor(onset), entry, 4)
        upper = np.where(onset > 4, INF, np.ceil(onset))
        found = turnbull_interval(
            lower, upper, [2], entry=entry, replicates=100, seed=run, name="few looks"
        )
        hits += found.lower[0] <= np.exp(-0.6) <= found.upper[0]
    assert abs(hits / runs - 0.95) <= 3.9 * np.sqrt(0.95 * 0.05 / runs)


def test_what_is_refused():
    with pytest.raises(ValueError, match="times"):
        turnbull_interval(*one_look(6, 20), [np.nan], seed=1, name="x")
    with pytest.raises(ValueError, match="upper"):
        turnbull_interval([3, 2], [4, 1], [1], seed=1, name="x")
