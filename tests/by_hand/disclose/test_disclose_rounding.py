"""What is a ratio of counts is the ratio of the released counts."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from analysis.disclose.intervals import proportion_interval, rate_interval
from analysis.disclose.policy import Policy
from analysis.disclose.rounding import nice, rounded
from data_schema.results import Released

POLICY = Policy("strict", 11, True, 5, 50, 6)


def test_a_proportion_comes_from_rounded_counts() -> None:
    row = Released(
        "how_common",
        "prevalence_point",
        model="wilson",
        estimate=23 / 1001,
        lower=0.01,
        upper=0.04,
        std_error=0.005,
        numerator=23,
        denominator=1001,
    )
    out = rounded(row, POLICY)
    assert (out.numerator, out.denominator, out.estimate) == (25, 1000, 0.025)
    assert out.std_error == pytest.approx(math.sqrt(0.025 * 0.975 / 1000), rel=1e-14)
    z = 1.959963984540054
    centre, n = 0.025 + z * z / 2000, 1000
    half = z * math.sqrt(0.025 * 0.975 / n + z * z / (4 * n * n))
    assert out.lower == pytest.approx((centre - half) / (1 + z * z / n), rel=1e-12)
    assert out.upper == pytest.approx((centre + half) / (1 + z * z / n), rel=1e-12)


def test_exact_limits_solve_their_binomial_equations() -> None:
    lower, upper = proportion_interval(15, 1000, "clopper_pearson")

    def tail(p, ks):
        return sum(math.comb(1000, k) * p**k * (1 - p) ** (1000 - k) for k in ks)

    assert tail(upper, range(16)) == pytest.approx(0.025, rel=1e-9)
    assert 1 - tail(lower, range(15)) == pytest.approx(0.025, rel=1e-9)
    with pytest.raises(ValueError, match="model"):
        proportion_interval(15, 1000, "guess")


def test_exact_poisson_limits_of_ten_events() -> None:
    """4.795 and 18.39: Garwood's table."""
    lower, upper = rate_interval(10, 1000)
    assert (round(lower, 3), round(upper, 2)) == (4.795, 18.39)
    assert rate_interval(0, 1000)[0] == 0
    assert rate_interval(0, 1000)[1] == pytest.approx(-math.log(0.025), rel=1e-12)


def test_a_rate_comes_from_rounded_counts() -> None:
    row = Released(
        "how_soon", "incidence_rate", outcome="onset", estimate=23 / 1.003, lower=1.0, upper=50.0,
        numerator=23, person_years=1003,
    )  # fmt: skip
    out = rounded(row, POLICY)
    assert (out.numerator, out.person_years, out.estimate) == (25, 1005, 25 / 1.005)
    assert (out.lower, out.upper) == rate_interval(25, 1005)


def test_no_number_of_a_row_but_its_place_is_left_as_it_was() -> None:
    """Nothing that leaves with a rounded count still carries the exact one."""
    row = Released(
        "describe", "distribution", term="sex", level="male", estimate=523 / 1001, numerator=523,
        denominator=1001,
    )  # fmt: skip
    out = rounded(row, POLICY)
    assert out.estimate == 525 / 1000


def test_a_share_that_is_no_ratio_of_counts_goes_to_a_grid() -> None:
    row = Released(
        "how_soon", "share_by_case_time", estimate=0.18231, numerator=52, denominator=290,
        lower=0.1411, upper=0.2277,
    )  # fmt: skip
    out = rounded(row, POLICY)
    assert (out.estimate, out.lower, out.upper) == (0.18, 0.14, 0.22)
    assert (out.numerator, out.denominator) == (50, 290)


def test_quartiles_need_a_quarter_of_enough_people() -> None:
    row = Released(
        "describe", "median", term="age", estimate=61.27, lower=50.31, upper=72.44, denominator=44
    )
    out = rounded(row, POLICY)
    # a twentieth of the spread (22.13 / 20), to the next of 1, 2, 5 times a power of ten
    assert (out.estimate, out.lower, out.upper, out.denominator) == (62, 50, 72, 45)
    few = rounded(replace(row, denominator=43), POLICY)
    assert (few.estimate, few.lower, few.upper, few.denominator) == (62, None, None, 45)


def test_a_parameter_or_a_published_figure_is_not_touched() -> None:
    row = Released("truth", "parameter", term="pth", estimate=1.2345678, numerator=3)
    assert rounded(row, POLICY) is row


@pytest.mark.parametrize(
    ("step", "grid"), [(1, 1), (1.1, 2), (2, 2), (2.1, 5), (5.1, 10), (0.011, 0.02), (0.1, 0.1)]
)
def test_grids_are_one_two_five(step, grid) -> None:
    assert nice(step) == pytest.approx(grid, rel=1e-12)
