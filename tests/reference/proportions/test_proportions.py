"""Intervals, tests and corrections of proportions beside those of R."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.estimates.estimate_rows.cluster_degrees import cluster_degrees
from analysis.estimates.estimate_rows.proportion_intervals import (
    clopper_pearson,
    effective_sample,
    jeffreys,
    korn_graubard,
    wilson,
)
from analysis.estimates.how_common.centre_variation import _log_likelihood, centre_variation
from analysis.estimates.how_common.misclassification import (
    ErrorRate,
    bayesian_prevalence,
    rogan_gladen_interval,
)
from analysis.estimates.how_common.published_range import band_posterior, band_verdict
from analysis.estimates.how_common.standardisation import directly_standardised
from data_schema.standards import standard
from tests.reference import r_scripts

HERE = Path(__file__).parent
EXPECTED = r_scripts.stored(HERE, "proportions", "centres.csv")
CENTRES = pd.read_csv(HERE / "centres.csv")
CLOSE = {"rtol": 1e-8, "atol": 1e-13}


@pytest.mark.parametrize("one", EXPECTED["single"], ids=lambda one: f"{one['x']}_of_{one['n']}")
def test_intervals_and_tests_of_one_proportion(one: dict) -> None:
    x, n = one["x"], one["n"]
    for name, method in (("exact", clopper_pearson), ("wilson", wilson), ("jeffreys", jeffreys)):
        found = method(x, n)
        np.testing.assert_allclose((found.lower, found.upper), one[name], **CLOSE)
    tests = band_verdict(x, n, 0.005, 0.03).tests
    for name, p in one["tests"].items():
        np.testing.assert_allclose(getattr(tests, name), p, rtol=1e-8, atol=1e-300)
    posterior = band_posterior(x, n, 0.005, 0.03, (1.0, 400.0))
    np.testing.assert_allclose((posterior.below, posterior.above), one["sceptical"], **CLOSE)


def test_clusters() -> None:
    effective = effective_sample(CENTRES["cases"], CENTRES["people"])
    found = korn_graubard(CENTRES["cases"], CENTRES["people"])
    expected = EXPECTED["clustered"]
    degrees = cluster_degrees(*(CENTRES[name].to_numpy(float) for name in ("cases", "people")))
    np.testing.assert_allclose(degrees, expected["degrees"], **CLOSE)
    np.testing.assert_allclose(effective.n, expected["n"], **CLOSE)
    np.testing.assert_allclose(effective.design_effect, expected["design_effect"], **CLOSE)
    np.testing.assert_allclose((found.lower, found.upper), expected["interval"], **CLOSE)


def test_a_standard_population() -> None:
    bands = CENTRES.groupby("age_band", sort=True)[["cases", "people"]].sum()
    weights = standard("esp2013").weights((0.0, 45.0, 65.0, 75.0))
    found = directly_standardised(bands["cases"], bands["people"], weights)
    expected = EXPECTED["standardised"]
    np.testing.assert_allclose(found.estimate, expected["estimate"], **CLOSE)
    np.testing.assert_allclose((found.lower, found.upper), expected["interval"], **CLOSE)


def test_variation_between_centres_reaches_the_likelihood_of_r() -> None:
    x, n = CENTRES["cases"].to_numpy(float), CENTRES["people"].to_numpy(float)
    found, expected = centre_variation(x, n), EXPECTED["betabinomial"]
    reached = _log_likelihood(x, n, found.mean, found.correlation)
    assert reached >= expected["log_likelihood"] - 1e-8
    np.testing.assert_allclose(found.mean, expected["mean"], rtol=1e-5)
    np.testing.assert_allclose(found.correlation, expected["correlation"], rtol=1e-4)


def test_error_rates() -> None:
    rates = (ErrorRate(0.75, 100), ErrorRate(0.999, 5000))
    lang = rogan_gladen_interval(300, 20000, *rates)
    np.testing.assert_allclose((lang.lower, lang.upper), EXPECTED["lang"], **CLOSE)
    bayes = bayesian_prevalence(300, 20000, *rates)
    expected = EXPECTED["bayes"]  # a grid of 2e-5
    np.testing.assert_allclose((bayes.lower, bayes.estimate, bayes.upper), expected, atol=5e-5)


@pytest.mark.needs_r
def test_r_still_says_so(tmp_path: Path) -> None:
    again = r_scripts.regenerated(HERE, "proportions", "centres.csv", tmp_path)
    r_scripts.assert_same(EXPECTED, again, rtol=1e-10)
