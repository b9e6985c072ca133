"""Onset between assessments: competing exits put back, bounds by hand, and what is not
identified."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from small_cohort import cohort

from analysis.estimates.how_soon.competing_combination import parametric_incidence
from analysis.estimates.how_soon.interval_bounds import coarsened, interval_bounds
from analysis.estimates.how_soon.interval_censored_onset import interval_censored_onset
from analysis.survival.curves.product_limit import kaplan_meier
from analysis.survival.interval_censored.weibull import weibull

NEVER = np.inf


def people(*rows: tuple[float, float, float, float, int]) -> pd.DataFrame:
    """(free since, last clean, entry, exit, state) a person."""
    frame = pd.DataFrame(
        rows, columns=["free_since", "last_negative_by_exit", "entry", "exit", "state"]
    )
    return frame.assign(
        last_entry=frame["entry"], period_leave=frame["exit"], period_leave_reason="end_of_data"
    )


def test_bounds_by_hand() -> None:
    found = interval_bounds(
        people(
            (60, 400, 90, 800, 1),  # negative on 60 and 400, detected on 800
            (200, 200, 90, 700, 2),  # negative once, died
            (NEVER, -NEVER, 90, 500, 1),  # never assessed before detection
        )
    )
    assert found.bounded.tolist() == [True, True, False]
    assert found.free.tolist() == [60, 200]
    assert found.lower.tolist() == [400, 200]
    assert found.upper.tolist() == [800, NEVER]
    assert found.midpoints.tolist() == [600, 700]
    assert found.n_onset == 1


def test_on_a_grid_an_interval_never_narrows_and_equal_people_are_one_row() -> None:
    bounds = interval_bounds(
        people((61, 401, 90, 815, 1), (65, 410, 90, 820, 1), (70, 70, 90, 99, 0))
    )
    lower, upper, entry, weights = coarsened(bounds, 30)
    assert (lower.tolist(), upper.tolist(), entry.tolist()) == ([390], [840], [60])
    assert weights.tolist() == [2]  # the third was never seen again: no row


def test_constant_hazards_have_their_closed_form() -> None:
    """F(t) = a/(a+b) (1 − exp(−(a+b)(t − s))), a of onset and b of leaving, from day s."""
    random = np.random.default_rng(4)
    n, a, b, since = 40_000, 4e-5, 6e-4, 90.0
    onset = random.exponential(1 / a, n)
    fit = weibull(np.minimum(onset, 4000), np.where(onset < 4000, onset, NEVER))
    leaving = since + random.exponential(1 / b, n)
    others = kaplan_meier(np.minimum(leaving, 4000), leaving < 4000, start=np.full(n, since))
    times = np.array([365.25, 1826.25, 3652.5])
    found = parametric_incidence(fit, others, times, since)
    truth = a / (a + b) * -np.expm1(-(a + b) * (times - since))
    assert np.all(np.abs(found.estimate - truth) < 3 * found.std_error + 1e-5)
    assert np.all((found.lower < found.estimate) & (found.estimate < found.upper))


def test_the_error_of_a_constant_hazard_is_that_of_its_events() -> None:
    """Nobody leaving otherwise, F = 1 − exp(−at): at the mean time its error is F' a / √d."""
    random = np.random.default_rng(6)
    times = random.exponential(1000, 20_000)
    fit = weibull(times, times)
    nobody = kaplan_meier([9000.0], [0])
    found = parametric_incidence(fit, nobody, np.array([1000.0]), 0.0)
    # Free shape costs information: the error is at least that of a known shape, at most 1.5 times.
    known = np.exp(-1) / np.sqrt(20_000)
    assert known < found.std_error[0] < 1.5 * known


def test_without_looks_it_is_not_identified() -> None:
    rows = interval_censored_onset(cohort([{"exit": 500.0, "state": 1, "onset": 500.0}] * 30))
    assert [(row.measure, row.status) for row in rows] == [("statement", "not_available")]
    assert "not identified" in rows[0].reason


def looked_at(n: int) -> list[dict]:
    random = np.random.default_rng(9)
    rows = []
    for i in range(n):
        clean = 180.0 * (1 + int(random.integers(0, 8)))
        ends = clean + float(random.integers(1, 180))
        state = 1 if i % 3 == 0 else 2 if i % 3 == 1 else 0
        reason = ("end_of_data", "onset", "death")[state]
        leave = ends + 100 if state == 1 else ends
        left = "death" if state == 2 else "end_of_data"
        bounds = {"free_since": 60.0 if i % 2 else clean, "last_negative_by_exit": clean}
        rows.append(
            {
                "exit": ends,
                "state": state,
                "exit_reason": reason,
                "leave": leave,
                "leave_reason": left,
                **bounds,
            }
        )
    return rows


@pytest.fixture(scope="module")
def estimates() -> list:
    return interval_censored_onset(cohort(looked_at(240)))


def test_every_method_answers_at_every_horizon(estimates: list) -> None:
    found = [row for row in estimates if row.measure == "interval_incidence"]
    models = {"detected", "midpoint", "turnbull", "weibull", "royston_parmar", "illness_death"}
    assert {row.model for row in found} == models
    numbers = [row for row in found if row.status in ("ok", "flagged")]
    assert {row.model for row in numbers} == models
    assert all(0 <= row.estimate <= 1 for row in numbers)


def test_half_way_to_the_clean_look_is_earlier_than_the_day_it_was_found() -> None:
    ill = [row | {"free_since": 60.0} for row in looked_at(240) if row["state"] == 1]
    people = [row for row in ill if row["exit"] > row["last_negative_by_exit"] + 1]
    rows = interval_censored_onset(cohort(people))
    at = {(r.model, r.time): r.estimate for r in rows if r.measure == "interval_incidence"}
    days = {time for model, time in at if model == "midpoint"}
    assert all(at["midpoint", day] >= at["detected", day] - 1e-12 for day in days)
    assert any(at["midpoint", day] > at["detected", day] for day in days)


def test_people_with_and_without_a_negative_assessment_add_up(estimates: list) -> None:
    counts = {(r.outcome, r.level): r for r in estimates if r.measure == "interval_people"}
    assert counts["", "with_negative"].numerator + counts["", "without_negative"].numerator == 240
    assert counts["onset", "with_negative"].numerator == 80
    assert counts["onset", "with_negative"].sums_to.startswith("follow_up/exits")


def test_few_onsets_are_not_fitted() -> None:
    rows = interval_censored_onset(cohort(looked_at(12)))
    assert rows[-1].status == "not_estimable"
    assert "Fewer than" in rows[-1].reason


def test_few_days_of_detection_are_exact_and_many_are_put_on_a_grid() -> None:
    """Above 600 distinct days of onset the curve is on the grid, and its reason says so."""
    free = {"exit": 2500.0, "free_since": 100.0, "last_negative_by_exit": 2400.0, "leave": 2500.0}
    for n, exact in ((600, True), (601, False)):
        rows = [
            {"exit": 700.0 + i, "state": 1, "free_since": 100.0, "last_negative_by_exit": 400.0}
            | {"exit_reason": "onset", "leave": 2000.0}
            for i in range(n)
        ]
        found = interval_censored_onset(cohort(rows + [free] * 600))
        reasons = {row.reason for row in found if row.model == "turnbull"}
        assert reasons
        assert all(("in steps of 30" in reason) != exact for reason in reasons), reasons
        assert all("what the assessments leave undetermined" in reason for reason in reasons)
