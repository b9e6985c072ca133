"""Ranks by look-up table and by sorting are the same ranks."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.survival.numerics.ranking import distinct, number_before, number_until

days = st.lists(st.integers(0, 40), min_size=1, max_size=30)


@given(days, days)
def test_whole_numbers_and_others_rank_alike(first, second):
    times, values = distinct(np.array(first, float)), np.array(second, float)
    assert times.tolist() == sorted(set(first))
    # Halves of odd numbers are no whole numbers: the same order by the other way.
    shifted = distinct(np.array(first) + 0.5)
    np.testing.assert_array_equal(shifted, times + 0.5)
    for rank, counts in [(number_until, np.less_equal), (number_before, np.less)]:
        theirs = counts.outer(times, values).sum(axis=0)
        np.testing.assert_array_equal(rank(times, values), theirs)
        np.testing.assert_array_equal(rank(shifted, values + 0.5), theirs)


@pytest.mark.parametrize("far", [1e7, 1e18, 1e300])
def test_far_times_take_no_table(far):
    times = distinct(np.array([far, 0.0, 3.0]))
    assert times.tolist() == [0, 3, far]
    assert number_until(times, np.array([2.0, far])).tolist() == [1, 3]


def test_nothing_ranks_to_nothing():
    none = np.zeros(0)
    assert distinct(none).shape == (0,)
    assert number_until(none, np.array([1.0])).tolist() == [0]
