"""Conditional Kendall's tau: every pair counted in a slow loop; dependence made and found."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.survival.curves.quasi_independence import conditional_kendall


def by_pairs(start: np.ndarray, stop: np.ndarray, event: np.ndarray) -> tuple[float, float]:
    score = pairs = 0.0
    for i in np.flatnonzero(event):
        for j in range(len(stop)):
            later = stop[j] > stop[i] or (stop[j] == stop[i] and not event[j])
            if j != i and later and start[j] < stop[i]:
                score += np.sign(start[j] - start[i])
                pairs += start[j] != start[i]
    return score / pairs, pairs


@pytest.mark.parametrize("seed", range(5))
def test_every_pair_with_ties(seed: int) -> None:
    random = np.random.default_rng(seed)
    start = random.integers(0, 10, 80).astype(float)
    stop = start + random.integers(1, 15, 80)
    event = random.integers(0, 2, 80)
    found = conditional_kendall(start, stop, event)
    assert (found.tau, found.n_pairs) == pytest.approx(by_pairs(start, stop, event))


def test_three_people_by_hand() -> None:
    # (0, 3] and (1, 5] with events, (2, 4] without. Day 3: both others entered later, +2 of 2.
    # Day 5: nobody else is at risk. Variance (3² − 1)/3.
    found = conditional_kendall([0, 1, 2], [3, 5, 4], [1, 1, 0])
    assert (found.tau, found.n_pairs, found.n_event) == (1, 2, 2)
    assert found.z == pytest.approx(2 / np.sqrt(8 / 3))


def test_under_independence_it_rejects_as_often_as_it_says() -> None:
    rejected = 0
    for seed in range(400):
        random = np.random.default_rng([5, seed])
        start = random.uniform(0, 2, 200)
        onset = random.exponential(2, 200)
        seen = onset > start
        end = start[seen] + random.exponential(3, int(seen.sum()))
        found = conditional_kendall(start[seen], np.minimum(onset[seen], end), onset[seen] <= end)
        rejected += found.p_value < 0.05
    assert 8 <= rejected <= 35  # 20 expected, binomial limits at about 1 in 1,000


def test_dependence_is_found() -> None:
    random = np.random.default_rng(3)
    start = random.uniform(0, 2, 2000)
    onset = start + random.exponential(1 / (0.3 + start))  # who enters later falls ill faster
    found = conditional_kendall(start, onset, np.ones(2000))
    assert found.p_value < 1e-4


def test_what_cannot_be_compared_has_a_reason() -> None:
    assert conditional_kendall([0, 0], [3, 4], [0, 0]).reason == "no event"
    same = conditional_kendall([1, 1], [3, 4], [1, 1])
    assert same.status == "not_estimable"
    assert "different entries" in same.reason
