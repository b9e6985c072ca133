"""Verdicts against the band 0.5 to 3 %, counted by hand and from the binomial itself."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import beta, binom

from analysis.estimates.estimate_rows.cluster_degrees import cluster_degrees
from analysis.estimates.estimate_rows.proportion_intervals import (
    clopper_pearson,
    effective_sample,
    jeffreys,
    korn_graubard,
    wilson,
)
from analysis.estimates.how_common.published_range import band_posterior, band_verdict

BAND = (0.005, 0.03)


@pytest.mark.parametrize(
    ("cases", "people", "verdict"),
    [
        (300, 20_000, "inside"),
        (50, 20_000, "below"),
        (800, 20_000, "above"),
        (100, 20_000, "undecided"),  # exactly the floor
        (600, 20_000, "undecided"),  # exactly the ceiling
        (3, 200, "undecided"),
        (0, 100, "undecided"),
        (0, 2_000, "below"),
    ],
)
def test_the_verdict(cases: int, people: int, verdict: str) -> None:
    assert band_verdict(cases, people, *BAND).verdict == verdict


@pytest.mark.parametrize(("cases", "people"), [(0, 50), (7, 788), (300, 20_000), (50, 50)])
def test_p_values_are_binomial_tails_and_invert_the_interval(cases: int, people: int) -> None:
    found = band_verdict(cases, people, *BAND)
    assert found.tests.above_floor == pytest.approx(binom.sf(cases - 1, people, 0.005), rel=1e-9)
    assert found.tests.below_ceiling == pytest.approx(binom.cdf(cases, people, 0.03), rel=1e-9)
    assert (found.tests.above_floor < 0.025) == (found.lower > 0.005)
    assert (found.tests.below_ceiling < 0.025) == (found.upper < 0.03)


def test_alike_people_are_worth_fewer() -> None:
    """Two centres of 100: 8 and 0 cases. p = .04, residuals 4 and −4; v = 2/1 · 32/200² = .0016."""
    effective = effective_sample([8, 0], [100, 100])
    assert effective.design_effect == pytest.approx(0.0016 / (0.04 * 0.96 / 200))
    assert effective.n < 24
    assert effective.cases == pytest.approx(0.04 * effective.n)
    assert (
        band_verdict(8, 200, *BAND).lower
        > band_verdict(8, 200, *BAND, clusters=([8, 0], [100, 100])).lower
    )


def test_centres_that_agree_better_than_chance_add_nobody() -> None:
    effective = effective_sample([5, 5, 5, 5], [100, 100, 100, 100])
    assert (effective.n, effective.cases) == (400, 20)


@pytest.mark.parametrize("centres", [2, 3, 40])
def test_centres_of_one_size_have_one_degree_of_freedom_fewer_than_there_are(centres: int) -> None:
    cases = np.arange(centres, dtype=float)
    assert cluster_degrees(cases, np.full(centres, 90.0)) == pytest.approx(centres - 1)


def test_centres_of_unequal_size_have_fewer_degrees_of_freedom() -> None:
    """Ten large centres and ninety of two people that differ: close to nine, far from 99."""
    people = np.repeat([1000.0, 2.0], [10, 90])
    cases = np.concatenate([np.arange(10) * 10.0, np.zeros(90)])
    assert 8.5 < cluster_degrees(cases, people) < 12


def test_an_empty_centre_is_no_centre() -> None:
    assert effective_sample([3, 0, 5], [90, 0, 60]) == effective_sample([3, 5], [90, 60])


def test_one_centre_and_no_case_are_said() -> None:
    assert effective_sample([3], [90]).status == "no_clusters"
    empty = effective_sample([0, 0], [40, 60])
    assert (empty.status, empty.n) == ("no_cases", 100)
    assert korn_graubard([0, 0], [40, 60]) == clopper_pearson(0, 100)


def test_zero_cases_have_an_upper_end_only() -> None:
    for method in (clopper_pearson, wilson, jeffreys):
        found = method(0, 100)
        assert (found.estimate, found.lower) == (0, 0)
        assert 0 < found.upper < 0.05
    assert clopper_pearson(0, 100).upper == pytest.approx(1 - 0.025 ** (1 / 100))


def test_probability_of_the_band_is_that_of_the_beta() -> None:
    found = band_posterior(300, 20_000, *BAND)
    assert found.inside == pytest.approx(np.diff(beta.cdf(BAND, 300.5, 19_700.5))[0])
    assert found.below + found.inside + found.above == pytest.approx(1)
    # ten cases in 1,000 do not move somebody sure of 1 in 400 as far as they move an open mind
    assert band_posterior(10, 1_000, *BAND, prior=(10, 4_000)).inside < 0.5
    assert band_posterior(10, 1_000, *BAND).inside > 0.9


@pytest.mark.parametrize(
    ("arguments", "names"),
    [
        ((1, 0, 0.005, 0.03), "people"),
        ((5, 4, 0.005, 0.03), "cases"),
        ((1, 10, 0.03, 0.005), "floor"),
    ],
)
def test_illegal_arguments_are_named(arguments: tuple, names: str) -> None:
    with pytest.raises(ValueError, match=names):
        band_verdict(*arguments)


def test_an_illegal_cluster_is_named_by_its_place() -> None:
    with pytest.raises(ValueError, match=r"cases\[1\]"):
        effective_sample([1, 9], [10, 5])
