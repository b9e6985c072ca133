"""Rows of how soon: refused horizons, time lost, late entry ignored, who entered and when."""

from __future__ import annotations

import numpy as np
import pytest
from small_bucket import study
from small_cohort import cohort

from analysis.cohort.attrition import LEAVING, attrition_rows
from analysis.estimates.description.follow_up import PREVALENT_STEP, follow_up
from analysis.estimates.how_soon.entry_dependence import entry_dependence
from analysis.estimates.how_soon.incidence import incidence
from analysis.estimates.how_soon.mean_onset import mean_onset
from analysis.estimates.how_soon.onset_hazard import onset_hazard
from analysis.survival.curves.aalen_johansen import aalen_johansen
from data_schema.measures import declared
from data_schema.results import Estimate

WIDE = "Too few onsets near this time: the limits lie more than tenfold apart."
NOT_ABOVE_0 = "The hazard is not above 0 here."
HORIZONS = {"years": [1, 2], "curve_step_days": 30, "curve_end_years": 3}


def person(entry: float, exit_: float, state: int) -> dict:
    reason = ("end_of_data", "onset", "death", "transplant", "recovery")[state]
    onset = exit_ if state == 1 else np.inf
    return {"entry": entry, "exit": exit_, "state": state, "exit_reason": reason, "onset": onset}


FOUR = [person(90, 200, 1), person(90, 500, 2), person(90, 900, 0), person(300, 800, 0)]


def rows(people: list[dict], measure: str, **horizons: object) -> list[Estimate]:
    protocol = study(horizons={**HORIZONS, **horizons})
    return [row for row in incidence(cohort(people, protocol)) if row.measure == measure]


def test_time_lost_by_hand() -> None:
    # F(onset) = 1/3 from day 200; F(death) = 2/3 · 1/3 from day 500, all to day 730.5.
    found = {(r.outcome, r.time): r.estimate for r in rows(FOUR, "time_lost")}
    assert found["onset", 730.5] == pytest.approx((730.5 - 200) / 3)
    assert found["death", 730.5] == pytest.approx((730.5 - 500) * 2 / 9)
    assert found["onset", 365.25] == pytest.approx((365.25 - 200) / 3)


def test_what_ignoring_late_entry_says_over_what_is_right() -> None:
    # Four instead of three at risk on day 200: 1/4 for 1/3. Death: 3/4 · 1/3 for 2/3 · 1/3.
    found = {(r.outcome, r.time): r.estimate for r in rows(FOUR, "late_entry_ratio")}
    assert found["onset", 730.5] == pytest.approx((1 / 4) / (1 / 3))
    assert found["death", 730.5] == pytest.approx((3 / 4 / 3) / (2 / 3 / 3))


def test_nobody_late_means_nothing_to_ignore() -> None:
    assert rows(FOUR[:3], "late_entry_ratio") == []
    assert rows(FOUR[:3], "ignoring_late_entry") == []


def test_a_horizon_before_the_starting_day_is_refused() -> None:
    # One at risk on day 200, then three who enter on day 400.
    late = [person(90, 200, 1), *[person(400, day, 2) for day in (600.0, 700, 800)]]
    found = rows(late, "cumulative_incidence", fewest_at_risk=2)
    refused = [row for row in found if row.status == "refused"]
    assert not refused  # day 200 rounds up to 210, before the first horizon
    assert min(row.time for row in found) == 210
    later = [person(90, 500, 1), *[person(600, day, 2) for day in (700.0, 800, 900)]]
    found = rows(later, "cumulative_incidence", fewest_at_risk=2)
    refused = [row for row in found if row.status == "refused"]
    assert {row.time for row in refused} == {365.25}
    assert "day 510" in refused[0].reason
    assert all(row.estimate is None for row in refused)
    (day,) = rows(later, "starting_day", fewest_at_risk=2)
    assert (day.estimate, day.x) == (510, 2)


def test_too_few_throughout_is_flagged() -> None:
    found = rows(FOUR, "cumulative_incidence", fewest_at_risk=10)
    assert {row.status for row in found} == {"flagged"}
    assert "Never are 10 people" in found[0].reason


def test_the_curve_is_that_of_those_followed_then() -> None:
    later = [person(90, 500, 1), *[person(600, day, 2) for day in (700.0, 800, 900)]]
    found = rows(later, "cumulative_incidence", fewest_at_risk=2)
    right = aalen_johansen([700.0, 800, 900], [2, 2, 2], start=[600.0] * 3, causes=[1, 2])
    for row in (r for r in found if r.outcome == "death" and r.status == "ok"):
        assert row.estimate == pytest.approx(right.at([row.time]).estimate[0, 1])


def test_entries_and_prevalent_people_are_counted() -> None:
    left = {"left_out_at": "prevalent"}
    people = [*FOUR, person(90, 50, 1) | left, person(90, -20, 1) | left]
    found = {(r.measure, r.term, r.level): r for r in follow_up(cohort(people))}
    assert found["people", "entry", "on_the_day"].estimate == 3
    assert found["people", "entry", "late"].estimate == 1
    assert found["median", "entry_years", ""].estimate == pytest.approx(300 / 365.25)
    assert found["prevalent", "", "before_dialysis"].estimate == 1
    assert found["prevalent", "", "from_dialysis_to_entry"].estimate == 1


def test_prevalent_people_are_parts_of_their_step_of_the_flow() -> None:
    flow = attrition_rows({"extract": 10, **dict.fromkeys(LEAVING, 1)})
    (step,) = [r for r in flow if r.term == "prevalent" and r.level == "excluded"]
    assert step.id == PREVALENT_STEP


def many(n: int = 400) -> list[dict]:
    random = np.random.default_rng(12)
    entry = np.where(random.random(n) < 0.5, 90.0, random.integers(91, 900, n))
    length = random.integers(30, 1500, n)
    state = random.choice([0, 1, 2], n, p=[0.3, 0.3, 0.4])
    return [
        person(*row)
        for row in zip(entry.tolist(), (entry + length).tolist(), state.tolist(), strict=True)
    ]


def test_every_row_of_onset_has_a_declared_measure_and_a_name_of_its_own() -> None:
    spells = [(i, 0.0, np.inf, "HD" if i % 2 else "PD") for i in range(400)]
    breaks = [{"date": "2008-01-01", "label": "a break"}]
    protocol = study(horizons=HORIZONS, prevalence={"breaks": breaks})
    asked = cohort(many(), protocol, spells=spells)
    found = [
        row
        for question in (incidence, onset_hazard, mean_onset, entry_dependence, follow_up)
        for row in question(asked)
    ]
    assert {row.measure for row in found} <= set(declared())
    assert len({row.id for row in found}) == len(found)
    hazards = [row for row in found if row.measure == "onset_hazard"]
    assert {row.strata for row in hazards} >= {"", "time_scale=age", "modality=HD", "modality=PD"}
    assert all(row.lower <= row.estimate <= row.upper for row in hazards if row.status == "ok")


def test_a_hazard_resting_on_fewer_than_three_events_is_a_status() -> None:
    # Twelve onsets in the first year, two in the fourth: little is known of the years between.
    early = [person(90, 120.0 + 20 * k, 1) for k in range(12)]
    late = [person(90, 1000.0 + k, 1) for k in range(2)]
    rest = [person(90, 1100.0 + k, 0) for k in range(60)]
    asked = cohort([*early, *late, *rest], study(horizons={**HORIZONS, "fewest_at_risk": 10}))
    points = [r for r in onset_hazard(asked) if r.measure == "onset_hazard" and r.strata == ""]
    wide = [r for r in points if r.status == "not_estimable"]
    assert {r.reason for r in wide} == {WIDE, NOT_ABOVE_0}
    assert all(r.estimate is r.lower is r.upper is None for r in wide)
    known = [r for r in points if r.status != "not_estimable"]
    assert len(known) > 10
    assert max(r.upper / r.lower for r in known) <= 10


def test_rates_by_treatment_add_up_to_the_rate() -> None:
    spells = [(i, 0.0, np.inf, "HD" if i % 2 else "PD") for i in range(400)]
    asked = cohort(many(), study(horizons=HORIZONS), spells=spells)
    parts = [r for r in onset_hazard(asked) if r.measure == "incidence_rate"]
    (whole,) = [
        r for r in incidence(asked) if r.measure == "incidence_rate" and r.outcome == "onset"
    ]
    assert sum(r.numerator for r in parts) == whole.numerator
    assert sum(r.person_years for r in parts) == pytest.approx(whole.person_years)
