"""Prevalence of five people, on a date and in a period. Data start on 1 January 2005."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from scipy.stats import beta
from small_bucket import study
from small_cohort import cohort

from analysis.estimates.estimate_rows.counted_people import Counted, proportion_row
from analysis.estimates.how_common.denominators import registry
from analysis.estimates.how_common.prevalence import prevalence
from analysis.estimates.how_common.prevalence_definitions import PrevalenceCounter
from analysis.estimates.inputs.cohort_tables import Cohort
from data_schema.results import Estimate

# day 500 of the data is 16 May 2006
WHEN, LATER = date(2006, 5, 16), date(2006, 8, 24)
ASKED = study(
    prevalence={
        "point_dates": [WHEN],
        "period_start": WHEN,
        "period_end": LATER,
        "by": ["sex", "vintage_band", "modality"],
    }
)
FIVE = [
    {"origin": 0, "onset": 400.0, "left_out_at": ""},  # a case by then
    {"origin": 0, "onset": 500.0, "sex": "male"},  # a case of that day
    {"origin": 100, "onset": 401.0},  # one day later, in the period
    {"origin": 400, "onset": 5.0, "left_out_at": "prevalent", "entry": 90.0},  # before entry
    {"origin": -300, "exit": 800.0, "leave": 800.0, "exit_reason": "death"},  # dies that day
]


@pytest.fixture
def five() -> Cohort:
    spells = [(0, 0.0, 450.0, "HD"), (0, 450.0, np.inf, "PD"), (1, 0.0, np.inf, "HD")]
    return cohort(FIVE, ASKED, spells)


def on_date(cohort: Cohort, when: date) -> Counted:
    return PrevalenceCounter(registry(cohort), "").point(when)


def in_period(cohort: Cohort, start: date, end: date) -> Counted:
    return PrevalenceCounter(registry(cohort), "").period(start, end)


def rows(cohort: Cohort, measure: str, model: str, strata: str = "") -> list[Estimate]:
    return [
        row
        for row in prevalence(cohort)
        if (row.measure, row.model, row.strata) == (measure, model, strata)
    ]


def test_on_a_date(five: Cohort) -> None:
    counted = on_date(five, WHEN)
    assert counted.rows.tolist() == [0, 1, 2, 3]
    assert counted.day.tolist() == [500, 500, 400, 100]
    assert counted.case.tolist() == [True, True, False, True]


def test_before_entry_and_on_the_day_of_leaving_nobody_counts(five: Cohort) -> None:
    assert on_date(five, date(2006, 5, 5)).rows.tolist() == [0, 1, 2, 4]
    assert on_date(five, date(2006, 5, 6)).rows.tolist() == [0, 1, 2, 3, 4]
    assert 4 not in on_date(five, WHEN).rows.tolist()


def test_in_a_period(five: Cohort) -> None:
    counted = in_period(five, WHEN, LATER)
    assert counted.rows.tolist() == [0, 1, 2, 3]
    assert counted.case.tolist() == [True, True, True, True]


def test_somebody_who_died_a_day_into_the_period_counts(five: Cohort) -> None:
    counted = in_period(five, date(2006, 5, 15), WHEN)
    assert counted.rows.tolist() == [0, 1, 2, 3, 4]
    assert counted.case.tolist() == [True, True, False, True, False]


def test_an_onset_after_leaving_is_no_case_of_the_period() -> None:
    left = {"origin": 0, "exit": 450.0, "leave": 450.0, "onset": 460.0}
    counted = in_period(cohort([left], ASKED), date(2006, 1, 1), LATER)
    assert counted.case.tolist() == [False]


def test_the_rows_and_their_strata(five: Cohort) -> None:
    (exact,) = rows(five, "prevalence_point", "clopper_pearson")
    assert (exact.numerator, exact.denominator, exact.estimate) == (3, 4, 0.75)
    assert exact.lower == pytest.approx(beta.ppf(0.025, 3, 2))
    assert exact.upper == pytest.approx(beta.ppf(0.975, 4, 1))
    (men,) = rows(five, "prevalence_point", "clopper_pearson", "sex=male")
    (women,) = rows(five, "prevalence_point", "clopper_pearson", "sex=female")
    assert (men.numerator, men.denominator) == (1, 1)
    assert (women.numerator, women.denominator) == (2, 3)
    assert men.sums_to == women.sums_to == exact.id


def test_strata_are_those_of_the_date(five: Cohort) -> None:
    found = {
        row.strata: (row.numerator, row.denominator)
        for row in prevalence(five)
        if row.measure == "prevalence_point" and row.strata
    }
    assert found["vintage_band=1-2 y"] == (2, 3)
    assert found["vintage_band=<1 y"] == (1, 1)
    assert found["modality=PD"] == (1, 1)
    assert found["modality=HD"] == (1, 1)
    assert found["modality=missing"] == (1, 2)


def test_wilson_of_three_in_four() -> None:
    """(p + z²/2n ± z·sqrt(p(1−p)/n + z²/4n²)) / (1 + z²/n)."""
    row = proportion_row(Estimate("how_common", "prevalence_point", model="wilson"), 3, 4)
    z = 1.959963984540054
    middle, half = 0.75 + z * z / 8, z * np.sqrt(0.75 * 0.25 / 4 + z * z / 64)
    assert row.lower == pytest.approx((middle - half) / (1 + z * z / 4))
    assert row.upper == pytest.approx((middle + half) / (1 + z * z / 4))


def test_nobody_has_no_prevalence() -> None:
    row = proportion_row(Estimate("how_common", "prevalence_point", model="wilson"), 0, 0)
    assert (row.status, row.estimate, row.denominator) == ("not_estimable", None, 0)


def test_no_prevalence_where_no_case_could_be_recorded() -> None:
    (row,) = prevalence(cohort(FIVE, ASKED, tables=("patients", "labs")))
    assert (row.measure, row.status) == ("statement", "not_available")
