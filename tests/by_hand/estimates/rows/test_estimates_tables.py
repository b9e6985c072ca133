"""Rates, Table 1, follow-up and ratios of a few people."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import chi2, poisson
from small_bucket import study
from small_cohort import cohort

from analysis.estimates.description.baseline import describe
from analysis.estimates.description.follow_up import follow_up
from analysis.estimates.how_soon.incidence import incidence, incidence_rates, rate_row
from analysis.estimates.inputs.cohort_tables import AGE_BANDS, band, calendar_day
from analysis.estimates.who.complete_rows import column, design
from analysis.estimates.who.risk_factors import ratio_row
from analysis.study import Model, Term
from data_schema.results import Estimate

RATE = Estimate("how_soon", "incidence_rate", people=500.0)
RATIO = Estimate("who", "hazard_ratio", events=40.0, people=500.0)
LABS = study(exposures={"labs": ["pth"]})
FOUR = [
    {"sex": "male", "age_at_entry": 40.0, "state": 1, "exit_reason": "onset", "exit": 455.25},
    {"sex": "male", "age_at_entry": 60.0, "state": 2, "exit_reason": "death", "exit": 820.5},
    {"sex": "female", "age_at_entry": 70.0, "exit": 820.5, "exit_reason": "lost"},
    {"sex": "unknown", "age_at_entry": np.nan, "entry": 200.0, "exit": 930.5},
]


def found(rows: list[Estimate], measure: str, **keys: str) -> Estimate:
    (row,) = [
        row
        for row in rows
        if row.measure == measure and all(getattr(row, k) == v for k, v in keys.items())
    ]
    return row


def test_exact_poisson_limits() -> None:
    row = rate_row(RATE, 3, 2000.0)
    assert row.estimate == 1.5
    assert poisson.sf(2, row.lower * 2) == pytest.approx(0.025)
    assert poisson.cdf(3, row.upper * 2) == pytest.approx(0.025)
    assert (row.numerator, row.person_years) == (3, 2000)


def test_no_event_has_an_upper_limit() -> None:
    row = rate_row(RATE, 0, 1000.0)
    assert (row.estimate, row.lower) == (0, 0)
    assert row.upper == pytest.approx(-math.log(0.025))
    assert row.upper == pytest.approx(chi2.ppf(0.975, 2) / 2)


def test_rates_share_their_person_years() -> None:
    rates = {row.outcome: row for row in incidence_rates(cohort(FOUR))}
    assert list(rates) == ["onset", "death", "transplant", "recovery"]
    assert {row.person_years for row in rates.values()} == {7.0}
    assert [row.numerator for row in rates.values()] == [1, 1, 0, 0]


def test_shares_of_table_one() -> None:
    rows = describe(cohort(FOUR))
    shares = {
        row.level: (row.numerator, row.denominator, row.estimate)
        for row in rows
        if row.measure == "distribution" and row.term == "sex" and not row.strata
    }
    assert shares == {"female": (1, 4, 0.25), "male": (2, 4, 0.5), "missing": (1, 4, 0.25)}
    total = found(rows, "people", strata="status=not_case")
    assert total.numerator == 3
    assert total.sums_to == found(rows, "people", strata="").id
    assert found(rows, "people", strata="entry=late").numerator == 1


def test_medians_of_table_one_in_both_units() -> None:
    rows = describe(cohort(FOUR, LABS, pth=[10.0, 20.0, 40.0, np.nan]))
    si = found(rows, "median", term="pth", strata="", specification="primary")
    assert (si.lower, si.estimate, si.upper, si.denominator) == (15, 20, 30, 3)
    conventional = found(rows, "median", term="pth", strata="", specification="conventional")
    assert conventional.estimate == pytest.approx(20 * 9.425)
    assert (si.unit, conventional.unit) == ("pmol/L", "pg/mL")
    assert found(rows, "median", term="age", strata="").estimate == 60


def test_a_standardised_difference() -> None:
    """Ages 40 and 60 of cases, 50 and 80 of others: (50 − 65) / sqrt((100 + 225) / 2)."""
    people = [
        {"age_at_entry": 40.0, "state": 1},
        {"age_at_entry": 60.0, "state": 1, "sex": "male"},
        {"age_at_entry": 50.0},
        {"age_at_entry": 80.0},
    ]
    rows = describe(cohort(people))
    age = found(rows, "standardised_difference", term="age")
    assert age.estimate == pytest.approx(-15 / math.sqrt(162.5))
    assert (age.strata, age.reference) == ("status=case", "status=not_case")
    male = found(rows, "standardised_difference", term="sex", level="male")
    assert male.estimate == pytest.approx(0.5 / math.sqrt(0.25 / 2))
    same = found(rows, "standardised_difference", term="primary_renal_disease")
    assert (same.status, same.estimate) == ("not_estimable", None)


def test_nobody_is_described_in_a_sentence() -> None:
    nobody = cohort([{"left_out_at": "day_zero"}])
    for question in (describe, incidence):
        (row,) = question(nobody)
        assert (row.measure, row.status) == ("statement", "not_estimable")


def test_bands_start_where_they_say() -> None:
    ages = np.array([0.0, 44.9, 45.0, 74.99, 75.0, 110.0, np.nan, -1.0])
    labels = ["0-44", "0-44", "45-64", "65-74", "75+", "75+", "missing", "missing"]
    assert band(ages, AGE_BANDS).tolist() == labels


def test_calendar_days_of_whole_months_are_tied() -> None:
    """Started in month 1, followed 11 months; started in month 6, followed 6: both month 12."""
    origin, day = np.array([30.0, 182.0]), np.array([334.0, 182.0])
    assert calendar_day(origin, day, "month").tolist() == [365, 365]
    assert calendar_day(origin, day, "day").tolist() == [364, 364]
    months = np.arange(0, 60)
    days = np.floor(months * 365.25 / 12)
    for start in (0, 7, 41):
        begun = np.full(60, days[start])
        expected = np.floor((start + months) * 365.25 / 12)
        assert np.array_equal(calendar_day(begun, days, "month"), expected)


def test_a_ratio_and_its_interval() -> None:
    row = ratio_row(RATIO, math.log(2.0), 0.25)
    assert row.estimate == pytest.approx(2.0)
    assert row.lower == pytest.approx(2.0 * math.exp(-1.959963984540054 * 0.25))
    assert row.upper == pytest.approx(2.0 * math.exp(1.959963984540054 * 0.25))
    assert row.p_value == pytest.approx(math.erfc(math.log(2.0) / 0.25 / math.sqrt(2)))
    assert ratio_row(RATIO, 0.0, 0.25).p_value == 1.0


def term(variable: str, transform: str, **more) -> Term:
    return Term(name="t", variable=variable, transform=transform, label="t", **more)


def test_terms_become_columns() -> None:
    rows = cohort(FOUR, LABS, pth=[8.0, 0.0, 2.0, np.nan])
    labs = rows.tables.whole("intervals")
    assert column(labs, term("pth", "log2")).fillna(-9).tolist() == [
        3,
        -9,
        1,
        -9,
    ]
    assert column(labs, term("pth", "per", per=2.0)).tolist()[:3] == [
        4,
        0,
        1,
    ]
    sex = column(rows.people, term("sex", "indicator", level="male"))
    assert sex.fillna(-9).tolist() == [1, 1, 0, -9]
    assert column(labs, term("phosphate", "identity")).isna().all()


def test_the_design_keeps_complete_rows() -> None:
    model = Model(name="m", label="m", terms=(term("pth", "log2"),), strata=("sex",))
    frame = design(cohort(FOUR, LABS, pth=[8.0, 0.0, 2.0, np.nan]), model)
    assert frame["person"].tolist() == [0, 2]
    assert frame["stratum_sex"].tolist() == ["male", "female"]


def test_exits_and_person_years() -> None:
    rows = follow_up(cohort(FOUR))
    assert found(rows, "person_years").estimate == 7.0
    exits = {row.level: row.numerator for row in rows if row.measure == "exits"}
    assert exits == {
        "onset": 1,
        "death": 1,
        "transplant": 0,
        "recovery": 0,
        "lost": 1,
        "end_of_data": 1,
    }
    people = found(rows, "people", level="")
    assert people.numerator == 4
    assert {row.sums_to for row in rows if row.measure == "exits"} == {people.id}


def test_median_follow_up_is_that_of_the_reverse_curve() -> None:
    """Ends at 1, 2, 3 and 4 years, the one at 2 a death: 3/4, 3/4, 3/8 at 3 years."""
    ends = [(1, "lost"), (2, "death"), (3, "end_of_data"), (4, "end_of_data")]
    people = [
        {"entry": 0.0, "exit": 365.25 * year, "exit_reason": why, "state": int(why == "death") * 2}
        for year, why in ends
    ]
    assert found(follow_up(cohort(people)), "follow_up_time").estimate == 3.0


def test_median_follow_up_where_nearly_all_have_died() -> None:
    people = [{"exit_reason": "death", "state": 2, "exit": 100.0 + i} for i in range(3)]
    row = found(follow_up(cohort([*people, {"exit": 99.0}])), "follow_up_time")
    assert (row.status, row.estimate) == ("not_estimable", None)
