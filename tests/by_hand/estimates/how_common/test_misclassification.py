"""Corrections for error: the field's test vectors, and cases that can be worked out."""

from __future__ import annotations

import math

import pytest

from analysis.estimates.estimate_rows.proportion_intervals import jeffreys, wilson
from analysis.estimates.how_common.adjudication import Adjudicated, begg_greenes, ppv_corrected
from analysis.estimates.how_common.misclassification import (
    ErrorRate,
    bayesian_prevalence,
    corrected_rate,
    rogan_gladen,
    rogan_gladen_interval,
    share_explained,
)


def test_rogan_gladen_vectors() -> None:
    found = rogan_gladen(0.003, 0.5, 0.999)
    assert (found.status, round(found.estimate, 5)) == ("ok", 0.00401)
    below = rogan_gladen(0.0005, 0.7, 0.999)
    assert (below.status, below.estimate) == ("truncated", 0)
    assert below.raw < 0


def test_at_three_in_a_thousand_a_specificity_of_999_explains_a_third() -> None:
    assert share_explained(0.003, 0.999) == pytest.approx(1 / 3)
    assert share_explained(0.0005, 0.999) == 1


def test_a_verdict_no_better_than_chance_identifies_nothing() -> None:
    assert rogan_gladen(0.01, 0.3, 0.7).status == "not_identified"
    rates = (ErrorRate(0.3, 10), ErrorRate(0.7, 10))
    assert bayesian_prevalence(5, 100, *rates).status == "not_identified"
    assert rogan_gladen_interval(5, 100, *rates).status == "not_identified"


def test_perfect_records_are_not_corrected() -> None:
    """With Se = Sp = 1 known, the posterior is Jeffreys' and the classical limits stay Wilson's."""
    perfect = ErrorRate(1.0)
    jeffreys_like = bayesian_prevalence(30, 2000, perfect, perfect, prior=(0.5, 0.5))
    expected = jeffreys(30, 2000)
    assert jeffreys_like.lower == pytest.approx(expected.lower, rel=1e-3)
    assert jeffreys_like.upper == pytest.approx(expected.upper, rel=1e-3)
    classical = rogan_gladen_interval(30, 2000, perfect, perfect)
    assert classical.estimate == pytest.approx(0.015)
    assert classical.upper == pytest.approx(wilson(30, 2000).upper, rel=0.02)


def test_less_known_error_rates_leave_a_wider_interval() -> None:
    widths = []
    for of in (math.inf, 2000, 200, 50):
        found = bayesian_prevalence(300, 20_000, ErrorRate(0.75, of), ErrorRate(0.999))
        widths.append(found.upper - found.lower)
    assert widths == sorted(widths)
    assert widths[-1] > 1.2 * widths[0]


def test_the_same_answer_always() -> None:
    rates = (ErrorRate(0.75, 60), ErrorRate(0.999, 4000))
    first = bayesian_prevalence(300, 20_000, *rates)
    assert first == bayesian_prevalence(300, 20_000, *rates)


def test_false_onsets_accrue_with_time() -> None:
    """60 in 10,000 person-years, one in 1,000 of them false, Se 0.8: (6 − 1) / 0.8 per 1,000."""
    found = corrected_rate(60, 10_000, 0.001, 0.8)
    assert 1000 * found.estimate == pytest.approx(6.25)
    assert corrected_rate(5, 10_000, 0.001, 0.8).status == "truncated"


def test_adjudicating_positives_alone_takes_false_cases_out_and_adds_none() -> None:
    found = ppv_corrected(100, 5000, 40, 50)
    assert found.estimate == pytest.approx(0.02 * 0.8)
    assert found.lower < found.estimate < found.upper
    assert ppv_corrected(100, 5000, 0, 0).status == "not_identified"


def test_begg_and_greenes_by_hand() -> None:
    """100 of 1,000 recorded; 45 of 50 of these true, 2 of 100 of the others.

    p = .1 · .9 + .9 · .02 = .108; Se = .09 / .108; Sp = .9 · .98 / .892.
    """
    found = begg_greenes(100, 1000, Adjudicated(45, 50, 2, 100))
    assert found.prevalence.estimate == pytest.approx(0.108)
    assert found.sensitivity == pytest.approx(0.09 / 0.108)
    assert found.specificity == pytest.approx(0.882 / 0.892)
    assert begg_greenes(1, 9, Adjudicated(1, 1)).prevalence.status == "not_identified"


@pytest.mark.parametrize("share", [-0.1, 1.1])
def test_illegal_rates_are_named(share: float) -> None:
    with pytest.raises(ValueError, match="share"):
        ErrorRate(share)
    with pytest.raises(ValueError, match="sensitivity"):
        rogan_gladen(0.1, share, 0.9)
