"""Published figures: each has a source, its interval is the one its counts give."""

from __future__ import annotations

import pytest
from scipy.stats import beta

from data_schema.declarations import case_report
from data_schema.measures import QUESTIONS
from data_schema.published import figures


def test_each_figure_has_a_question_of_the_report_and_a_source() -> None:
    assert all(figure.question in QUESTIONS and figure.source for figure in figures())
    ids = [figure.id for figure in figures()]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize(
    "figure", [f for f in figures() if f.numerator is not None], ids=lambda figure: figure.id
)
def test_an_interval_is_the_exact_one_of_its_counts(figure) -> None:
    """Clopper and Pearson (1934), to the digits given."""
    n, d = figure.numerator, figure.denominator
    assert figure.estimate == n / d
    assert figure.lower == pytest.approx(beta.ppf(0.025, n, d - n + 1), abs=5e-6)
    assert figure.upper == pytest.approx(beta.ppf(0.975, n + 1, d - n), abs=5e-6)


@pytest.mark.parametrize("figure", figures(), ids=lambda figure: figure.id)
def test_bounds_are_in_order(figure) -> None:
    given = [v for v in (figure.lower, figure.estimate, figure.upper) if v is not None]
    assert given
    assert given == sorted(given)


def test_the_claims_are_the_same_in_both_places() -> None:
    claims = case_report()["claims"]
    by_id = {figure.id: figure for figure in figures()}
    for name, claim in (("claim_prevalence", "prevalence"), ("claim_onset", "onset")):
        assert (by_id[name].lower, by_id[name].upper) == (
            claims[claim]["lower"],
            claims[claim]["upper"],
        )
    assert by_id["case_onset"].estimate == case_report()["case"]["onset_years"]
    assert case_report()["case"]["onset_months"] / 12 == case_report()["case"]["onset_years"]


def test_the_claims_of_the_case_report() -> None:
    claims = case_report()["claims"]
    assert (claims["prevalence"]["lower"], claims["prevalence"]["upper"]) == (0.005, 0.03)
    assert (claims["onset"]["lower"], claims["onset"]["upper"]) == (3, 5)
