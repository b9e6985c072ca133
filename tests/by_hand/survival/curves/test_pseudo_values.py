"""Pseudo-values by leaving people out; Gray's test where it can be done on paper."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.survival.curves.aalen_johansen import aalen_johansen
from analysis.survival.curves.gray import gray
from analysis.survival.curves.logrank import logrank
from analysis.survival.curves.pseudo_values import pseudo_values

TIMES = [0.5, 1, 3, 5.5, 8, 12, 99]


@pytest.mark.parametrize(("seed", "causes"), [(81, 3), (82, 2), (83, 4)])
def test_exactly_leaving_one_out(seed, causes):
    rng = np.random.default_rng(seed)
    stop, cause = rng.integers(1, 12, 50).astype(float), rng.integers(0, causes, 50)
    names = list(range(1, causes))
    ours = pseudo_values(stop, cause, TIMES, causes=names)
    whole = aalen_johansen(stop, cause, causes=names).at(TIMES).estimate
    for person in range(50):
        kept = np.arange(50) != person
        less = aalen_johansen(stop[kept], cause[kept], causes=names).at(TIMES).estimate
        np.testing.assert_allclose(ours.values[person], 50 * whole - 49 * less, atol=1e-11)


def test_without_censoring_they_are_indicators():
    stop, cause = np.array([1.0, 2, 2, 4, 7]), np.array([1, 2, 1, 1, 2])
    ours = pseudo_values(stop, cause, [2, 5])
    for j, t in enumerate([2, 5]):
        happened = (stop[:, None] <= t) & (cause[:, None] == [1, 2])
        np.testing.assert_allclose(ours.values[:, j], happened, atol=1e-12)


def test_late_entry_is_not_available_and_why():
    values = pseudo_values([1, 2], [1, 0], [1], start=[0, 1])
    assert (values.status, np.isnan(values.values).all()) == ("not_available", True)
    assert "late entry" in values.reason
    assert pseudo_values([1, 2], [1, 0], [1], start=[0, 0]).status == "ok"
    assert pseudo_values([1], [1], [1]).status == "not_estimable"
    test = gray([1, 2], [1, 0], [0, 1], start=[0, 1])
    assert test.status == "not_available" and "late entry" in test.reason


def test_no_event_gives_zeros():
    assert not pseudo_values([1, 2, 3], [0, 0, 0], [2], causes=[1]).values.any()


def test_gray_at_a_single_time_of_event_is_the_logrank_score():
    stop, cause, group = [1, 2, 2, 1, 2, 2], [1, 0, 0, 0, 0, 0], [0, 0, 0, 1, 1, 1]
    ours, theirs = gray(stop, cause, group), logrank(stop, np.array(cause) == 1, group)
    np.testing.assert_allclose(ours.expected, theirs.expected, rtol=1e-14)
    np.testing.assert_allclose(ours.covariance, theirs.covariance, rtol=1e-14)


def test_gray_without_events_of_interest_is_not_estimable():
    test = gray([1, 2, 3, 4], [2, 2, 0, 2], [0, 1, 0, 1])
    assert test.status == "not_estimable" and test.reason
