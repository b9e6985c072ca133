"""Standardisation and variation between centres, by hand."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binom, gamma

from analysis.estimates.how_common.centre_variation import centre_variation, funnel_limits, shrunken
from analysis.estimates.how_common.standardisation import directly_standardised
from data_schema.standards import standard, standard_names


def test_a_standard_weighs_the_strata() -> None:
    """½ · 1/100 + ½ · 4/200 = 0.015; v = ¼ · 1/100² + ¼ · 4/200²; w_M = ½ / 100."""
    found = directly_standardised([1, 4], [100, 200], [10, 10])
    assert found.estimate == pytest.approx(0.015)
    v, most = 0.25 / 100**2 + 0.25 * 4 / 200**2, 0.005
    assert found.lower == pytest.approx(gamma.ppf(0.025, 0.015**2 / v, scale=v / 0.015))
    shape, scale = 0.02**2 / (v + most**2), (v + most**2) / 0.02
    assert found.upper == pytest.approx(gamma.ppf(0.975, shape, scale=scale))


def test_without_cases_the_lower_end_is_nothing() -> None:
    found = directly_standardised([0, 0], [100, 200], [1, 1])
    assert (found.estimate, found.lower) == (0, 0)
    assert 0 < found.upper < 0.05


def test_a_stratum_without_people_has_no_rate_unless_it_weighs_nothing() -> None:
    assert directly_standardised([1, 0], [100, 0], [1, 1]).status == "empty_stratum"
    assert directly_standardised([1, 0], [100, 0], [1, 0]).estimate == pytest.approx(0.01)


def test_shipped_standards_are_whole_and_cut_only_at_their_bands() -> None:
    assert "esp2013" in standard_names()
    found = standard("esp2013")
    assert sum(band.people for band in found.bands) == 100_000
    assert found.source
    assert found.weights((0, 45, 65, 75)) == (54_000, 26_500, 10_500, 9_000)
    with pytest.raises(ValueError, match=r"starts\[1\]"):
        found.weights((0, 44))
    with pytest.raises(ValueError, match="standard"):
        standard("nobody")


def test_centres_alike_vary_no_more_than_chance() -> None:
    found = centre_variation([5, 5, 5, 5], [100, 100, 100, 100])
    assert (found.correlation, found.p_value, found.lower) == (0, 1, found.upper)
    assert shrunken(found, [5, 0], [100, 10]).tolist() == [0.05, 0.05]


def test_centres_apart_are_drawn_towards_the_mean_the_small_ones_most() -> None:
    found = centre_variation([2, 30, 1, 22, 8], [200, 200, 20, 200, 200])
    assert found.correlation > 0.01
    assert found.p_value < 1e-4
    assert found.lower < found.mean < found.upper
    drawn = shrunken(found, [30, 3], [200, 20])  # the same share, 15 %
    assert found.mean < drawn[1] < drawn[0] < 0.15


def test_no_centres_and_no_cases_are_said() -> None:
    assert centre_variation([1], [10]).status == "no_clusters"
    assert centre_variation([0, 0], [10, 10]).status == "no_cases"
    with pytest.raises(ValueError, match=r"cases\[0\]"):
        centre_variation([11, 0], [10, 10])


def test_funnel_limits_lie_between_whole_counts_of_the_binomial() -> None:
    n = np.array([100.0, 1000.0])
    low, high = funnel_limits(0.05, n, 0.95)
    for k, size in enumerate(n):
        assert binom.cdf(np.floor(low[k] * size), size, 0.05) <= 0.025 + 1e-9
        assert binom.cdf(np.ceil(low[k] * size), size, 0.05) >= 0.025
        assert binom.cdf(np.floor(high[k] * size), size, 0.05) <= 0.975 + 1e-9
        assert binom.cdf(np.ceil(high[k] * size), size, 0.05) >= 0.975
