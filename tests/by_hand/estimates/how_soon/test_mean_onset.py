"""A mean among cases: closed forms, the simulation against the integral, and what moves it."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.estimates.how_soon.mean_onset import FollowUpScheme, Hazards, expected_mean, simulate

DAYS = np.arange(0.0, 40_001, 5)
A, B = 2e-5, 4e-4
CONSTANT = Hazards(DAYS, A * DAYS, B * DAYS)


def way(start: float, stop: float) -> FollowUpScheme:
    return FollowUpScheme("by hand", np.array([start]), np.array([stop]))


def closed_form(length: float) -> float:
    """Mean of an exponential of rate A + B cut at ``length``."""
    rate = A + B
    return 1 / rate - length / np.expm1(rate * length)


@pytest.mark.parametrize("years", [1, 3, 10, 30])
def test_constant_hazards_have_the_mean_of_a_cut_exponential(years: int) -> None:
    length = 365.25 * years
    assert expected_mean(CONSTANT, way(0, length)) == pytest.approx(closed_form(length), rel=1e-3)
    later = expected_mean(CONSTANT, way(500, 500 + length))
    assert later == pytest.approx(500 + closed_form(length), rel=1e-3)


def test_the_simulation_tends_to_the_integral() -> None:
    random = np.random.default_rng(8)
    rising = Hazards(DAYS, 1e-8 * DAYS**2, B * DAYS)
    watched = FollowUpScheme(
        "mixed", random.uniform(90, 3000, 400), random.uniform(3000, 6000, 400)
    )
    day, onset = simulate(rising, watched, np.random.default_rng(1))
    error = day[onset].std() / np.sqrt(onset.sum())
    assert abs(day[onset].mean() - expected_mean(rising, watched)) < 4 * error + 5
    assert onset.sum() > 500


def test_the_mean_moves_with_the_watching_alone() -> None:
    short, long = (expected_mean(CONSTANT, way(90, 90 + 365.25 * y)) for y in (3, 20))
    late = expected_mean(CONSTANT, way(1826, 3652))
    assert short < 365.25 * 2 < long
    assert late > 365.25 * 5


def test_one_seed_is_one_answer() -> None:
    once, twice = (simulate(CONSTANT, way(90, 4000), np.random.default_rng(5))[0] for _ in "ab")
    assert np.array_equal(once, twice)
