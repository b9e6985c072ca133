"""Entry, exit and the steps of the flow, person by person."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest
from small_bucket import FIRST, bucket, on, study

from analysis.cohort.attrition import LEAVING, attrition_rows
from analysis.cohort.bucket import Bucket, days_between
from analysis.cohort.case_definition.cases import find_cases
from analysis.cohort.follow_up.time_at_risk import FollowUp, follow
from analysis.cohort.people import people_frame
from analysis.study import Study

PLAIN = study()
COVERED = study(population={"coverage": ["diagnoses"]})
END = (date(2019, 12, 31) - FIRST).days


def followed(rows: Bucket, protocol: Study = PLAIN) -> FollowUp:
    return follow(rows, protocol, find_cases(rows, protocol))


def people(rows: Bucket, protocol: Study = PLAIN) -> pd.DataFrame:
    cases = find_cases(rows, protocol)
    return people_frame(rows, protocol, cases, follow(rows, protocol, cases))


def spell(day: int, modality: str, p: int = 0) -> dict:
    return {"p": p, "start_date": on(day), "modality": modality}


def seen(day: int, p: int = 0) -> dict:
    return {
        "p": p,
        "date": on(day),
        "system": "icd10cm",
        "code": "L942",
        "setting": "inpatient",
    }


def exits(rows: Bucket, protocol: Study = PLAIN) -> tuple[float, str, float, str]:
    found = followed(rows, protocol)
    return found.exit[0], found.exit_reason[0], found.leave[0], found.leave_reason[0]


def test_everything_on_one_day_is_onset_then_death_then_transplant() -> None:
    dead, lost = {"death_date": on(200)}, {"last_contact_date": on(200)}
    spells = [spell(200, "TX"), spell(200, "recovered")]
    everything = bucket([dead | lost], diagnoses=[seen(200)], modality_spells=spells)
    assert exits(everything) == (200, "onset", 200, "death")
    assert exits(bucket([dead | lost], modality_spells=spells))[1] == "death"
    assert exits(bucket([lost], modality_spells=spells))[1] == "transplant"
    assert exits(bucket([lost], modality_spells=spells[1:]))[1] == "recovery"
    assert exits(bucket([lost]))[1] == "lost"
    assert exits(bucket([{}])) == (END, "end_of_data", END, "end_of_data")


def test_loss_on_the_last_day_of_data_is_the_end_of_data() -> None:
    assert exits(bucket([{"last_contact_date": date(2019, 12, 31)}]))[1] == "end_of_data"


def test_a_switch_of_modality_does_not_end_follow_up() -> None:
    assert exits(bucket([{}], modality_spells=[spell(0, "HD"), spell(300, "PD")]))[0] == END


def test_a_transplant_before_dialysis_is_no_exit() -> None:
    assert exits(bucket([{}], modality_spells=[spell(-300, "TX"), spell(0, "HD")]))[0] == END


def test_only_the_competitors_of_the_protocol_have_a_state() -> None:
    rows = bucket(
        [{"death_date": on(200)}, {}, {}, {}],
        diagnoses=[seen(300, 3)],
        modality_spells=[spell(200, "TX", 1), spell(200, "recovered", 2)],
    )
    assert people(rows)["state"].tolist() == [2, 3, 4, 1]
    only_death = study(outcome={"competing": ["death"]})
    assert people(rows, only_death)["state"].tolist() == [2, 0, 0, 1]
    assert people(rows, only_death)["exit_reason"].tolist()[1:3] == ["transplant", "recovery"]


@pytest.mark.parametrize(
    ("patient", "coverage", "entry"),
    [
        ({}, 0, 90),
        ({"registry_entry_date": on(50)}, 0, 90),
        ({"registry_entry_date": on(400)}, 0, 400),
        ({"registry_entry_date": on(400)}, 500, 500),
        ({"first_dialysis_date": date(2004, 12, 22)}, -2000, 90),
        ({"first_dialysis_date": date(2004, 1, 1)}, -2191, 366),
    ],
)
def test_entry_is_the_latest_of_four_days(patient: dict, coverage: int, entry: float) -> None:
    period = {"p": 0, "domain": "diagnoses", "start_date": on(coverage)}
    assert followed(bucket([patient], coverage=[period]), COVERED).entry.tolist() == [entry]


def test_without_late_entry_registry_and_coverage_do_not_count() -> None:
    period = {"p": 0, "domain": "diagnoses", "start_date": on(500)}
    at_once = study(
        population={"coverage": ["diagnoses"], "late_entry": False, "entry_after_days": 0}
    )
    rows = bucket([{"registry_entry_date": on(400)}], coverage=[period])
    assert followed(rows, at_once).entry.tolist() == [0]


def test_the_end_of_coverage_is_a_loss() -> None:
    period = {"p": 0, "domain": "diagnoses", "start_date": on(0), "end_date": on(700)}
    assert exits(bucket([{}], coverage=[period]), COVERED)[:2] == (700, "lost")


def test_every_domain_asked_for_must_be_covered() -> None:
    at_risk_periods = [
        {"p": 0, "domain": "diagnoses", "start_date": on(100), "end_date": on(900)},
        {"p": 0, "domain": "labs", "start_date": on(200), "end_date": on(800)},
        {"p": 1, "domain": "diagnoses", "start_date": on(0)},
    ]
    both = study(population={"coverage": ["diagnoses", "labs"]})
    found = followed(bucket([{}, {}], coverage=at_risk_periods), both)
    assert (found.entry[0], found.leave[0]) == (200, 800)
    assert found.observable.tolist() == [True, False]


def test_whole_months_keep_ties_and_twelve_are_a_year() -> None:
    first = pd.Series(pd.to_datetime(["2000-01-31", "2000-02-01", "2000-01-15", "2000-01-15"]))
    then = pd.Series(pd.to_datetime(["2001-01-01", "2001-02-28", "2000-02-01", None]))
    assert days_between(first, then, "month").tolist() == [365, 365, 30, np.inf]
    assert days_between(first, then, "day").tolist() == [336, 393, 17, np.inf]


def test_a_partial_age_comes_from_the_birth_date_first() -> None:
    rows = bucket(
        [
            {"birth_date": date(1950, 1, 1), "age_at_first_dialysis": 20.0},
            {"age_at_first_dialysis": 20.0},
            {},
        ]
    )
    age = people(rows)["age_at_entry"].to_numpy()
    assert age[0] == pytest.approx(21915 / 365.25)
    assert age[1] == 20.0
    assert np.isnan(age[2])


def test_the_first_step_that_applies_leaves_a_person_out() -> None:
    adults = study(population={"coverage": ["diagnoses"], "minimum_age": 18})
    grown, child = {"age_at_first_dialysis": 50.0}, {"age_at_first_dialysis": 17.9}
    rows = bucket(
        [
            grown,
            child | {"death_date": on(0)},
            {},
            grown | {"death_date": on(0)},
            grown,
            grown,
            grown | {"death_date": on(90)},
            grown | {"death_date": on(91)},
        ],
        diagnoses=[seen(90, 5), seen(91, 0)],
        coverage=[{"p": p, "domain": "diagnoses", "start_date": on(0)} for p in range(8) if p != 4],
    )
    assert people(rows, adults)["left_out_at"].tolist() == [
        "",
        "minimum_age",
        "minimum_age",
        "day_zero",
        "not_observable",
        "prevalent",
        "left_before_entry",
        "",
    ]


def test_the_flow_keeps_its_order_its_empty_steps_and_its_sums() -> None:
    rows = attrition_rows(
        {"extract": 10, **dict.fromkeys(LEAVING, 0), "day_zero": 2, "prevalent": 1}
    )
    remaining = [row for row in rows if row.level == "remaining"]
    excluded = [row for row in rows if row.level == "excluded"]
    assert [row.term for row in excluded] == list(LEAVING)
    assert [row.term for row in remaining] == ["extract", *LEAVING]
    assert [row.x for row in remaining] == list(range(len(LEAVING) + 1))
    assert [row.numerator for row in excluded] == [0, 2, 0, 1, 0]
    assert [row.numerator for row in remaining] == [10, 10, 8, 8, 7, 7]
    for above, out, below in zip(remaining, excluded, remaining[1:], strict=False):
        assert out.sums_to == below.sums_to == above.id
