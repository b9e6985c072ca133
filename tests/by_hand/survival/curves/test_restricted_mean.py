"""Restricted means, and time lost on a few patients."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.survival.curves.aalen_johansen import aalen_johansen
from analysis.survival.curves.product_limit import kaplan_meier
from analysis.survival.curves.restricted_mean import mean_difference, restricted_mean, time_lost


def same(ours, theirs):
    np.testing.assert_allclose(ours, theirs, rtol=1e-12, atol=1e-15)


def test_area_under_the_product_limit():
    # S = 1, 3/4 from 1, 1/2 from 2. Areas right of 1 and 2 up to 4: 3/4 + 1, 1.
    mean = restricted_mean(kaplan_meier([1, 2, 5, 5], [1, 1, 0, 0]), 4)
    same(mean.estimate, [1 + 3 / 4 + 2 / 2])
    same(mean.std_error**2, [(7 / 4) ** 2 / 12 + 1 / 6])


def test_without_censoring_it_is_the_mean_of_the_shortened_times():
    times = np.array([1.0, 2, 2, 4, 7, 9])
    short = np.minimum(times, 5)
    mean = restricted_mean(kaplan_meier(times, np.ones(6)), 5)
    same(mean.estimate, [short.mean()])
    same(mean.std_error, [short.std() / np.sqrt(6)])


def test_without_censoring_time_lost_is_the_mean_of_time_lost():
    times, cause = np.array([1.0, 2, 2, 4, 7, 9]), np.array([1, 2, 1, 2, 1, 2])
    lost = np.where(cause[:, None] == [1, 2], np.maximum(5 - times, 0)[:, None], 0)
    ours = time_lost(aalen_johansen(times, cause), 5)
    same(ours.estimate, lost.mean(axis=0))
    same(ours.covariance, np.cov(lost.T, ddof=0) / 6)


def test_time_lost_and_time_free_add_up_to_the_horizon():
    rng = np.random.default_rng(61)
    start = rng.integers(0, 4, 90).astype(float)
    stop, cause = start + rng.integers(1, 9, 90), rng.integers(0, 4, 90)
    free = restricted_mean(kaplan_meier(stop, cause > 0, start=start), 8.5)
    lost = time_lost(aalen_johansen(stop, cause, start=start), 8.5)
    same(lost.estimate.sum() + free.estimate, [8.5])
    np.testing.assert_allclose(lost.covariance.sum(), free.covariance[0, 0], rtol=1e-10)


def test_variance_of_time_lost_is_that_of_the_persons_influence_without_entry():
    rng = np.random.default_rng(62)
    stop, cause = rng.integers(1, 12, 80).astype(float), rng.integers(0, 3, 80)
    ours = time_lost(aalen_johansen(stop, cause), 9)
    step, squares = 1e-5, np.zeros((2, 2))
    for person in range(80):
        side = []
        for sign in (1, -1):
            weights = np.ones(80)
            weights[person] += sign * step
            side.append(time_lost(aalen_johansen(stop, cause, weights=weights), 9).estimate)
        influence = (side[0] - side[1]) / (2 * step)
        squares += np.outer(influence, influence)
    np.testing.assert_allclose(ours.covariance, squares, rtol=1e-6)


def test_difference_of_two_groups():
    first = restricted_mean(kaplan_meier([1, 2, 5, 5], [1, 1, 0, 0]), 4)
    second = restricted_mean(kaplan_meier([1, 1, 2, 5], [1, 1, 1, 0]), 4)
    ours = mean_difference(first, second)
    same(ours.estimate, first.estimate - second.estimate)
    same(ours.std_error**2, first.std_error**2 + second.std_error**2)
    assert 0 < ours.p_value[0] < 1
    with pytest.raises(ValueError, match="another horizon"):
        mean_difference(first, restricted_mean(kaplan_meier([5], [1]), 3))


def test_a_horizon_nobody_reached_is_not_estimable():
    mean = restricted_mean(kaplan_meier([1, 2, 5], [1, 1, 0]), 6)
    assert mean.status == "not_estimable" and "horizon" in mean.reason
    assert np.isnan(mean.estimate).all()
    same(restricted_mean(kaplan_meier([1, 2, 5], [1, 1, 1]), 6).estimate, [8 / 3])


def test_wrong_curves_and_horizons_are_refused():
    free, lost = kaplan_meier([1, 2], [1, 1]), aalen_johansen([1, 2], [1, 2])
    with pytest.raises(ValueError, match="time_lost"):
        restricted_mean(lost, 1)
    with pytest.raises(ValueError, match="restricted_mean"):
        time_lost(free, 1)
    with pytest.raises(ValueError, match="horizon"):
        restricted_mean(free, 0)
