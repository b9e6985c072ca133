"""What the cohort hands on for prevalence: labs of a case, sites, an expert's verdict, looks."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pandas as pd
import pytest
from small_bucket import bucket, on, study

from analysis.cohort.case_definition.adjudication import verdicts
from analysis.cohort.case_definition.ascertainment import ascertainment_counts, ascertainment_rows
from analysis.cohort.case_definition.cases import assessments, find_cases
from analysis.cohort.case_definition.lab_criterion import criterion_state, meets_criterion
from analysis.cohort.case_definition.sites import sites_seen
from analysis.cohort.follow_up.observation import covered, registration
from analysis.cohort.follow_up.periods import Periods


def lab(p: int, day: int, analyte: str, value: float) -> dict:
    return {"p": p, "sample_date": on(day), "analyte": analyte, "value": value, "unit": ""}


LABS = [
    lab(0, 100, "pth", 100.0),  # above nine times 6.9
    lab(1, 100, "phosphate", 2.0),
    lab(2, 100, "pth", 20.0),
    lab(2, 100, "phosphate", 1.2),
    lab(3, 400, "pth", 100.0),  # too long after
    lab(4, 100, "albumin", 40.0),  # measured, but nothing that is asked
    lab(5, 100, "calcium", 2.5),
    lab(5, 100, "phosphate", 1.78),  # 2.5 · 1.78 = 4.45, above the product's limit alone
]


def test_labs_not_measured_are_unknown_and_meet_nothing() -> None:
    found = bucket([{}] * 7, labs=LABS)
    day = np.array([100.0] * 6 + [np.inf])
    states = ["pth", "any_mineral", "neither", "unknown", "unknown", "any_mineral", ""]
    assert criterion_state(found, day).tolist() == states
    met = meets_criterion(found, day, "any_mineral").tolist()
    assert met == [True, True, False, False, False, True, False]
    assert meets_criterion(found, day, "pth_required").tolist() == [True] + [False] * 6
    nothing = bucket([{}] * 2)
    assert criterion_state(nothing, np.array([5.0, np.inf])).tolist() == ["unknown", ""]


def assessment(p: int, day: int, site: str, calcification: str, method: str = "radiograph") -> dict:
    return {
        "p": p,
        "date": on(day),
        "method": method,
        "site": site,
        "calcification": calcification,
        "erosion": "no",
    }


ASSESSMENTS = [
    assessment(0, 100, "hand", "yes"),
    assessment(0, 100, "hip", "yes"),
    assessment(1, 100, "foot", "yes"),
    assessment(1, 100, "knee", "no"),
    assessment(2, 300, "unknown", "yes", "adjudication"),
    assessment(3, 200, "unknown", "no", "adjudication"),
    assessment(3, 100, "unknown", "yes", "adjudication"),
]


def test_sites_of_the_body() -> None:
    found = sites_seen(bucket([{}] * 4, assessments=ASSESSMENTS))
    assert found["site_hand"].tolist() == [True, False, False, False]
    assert found["site_large_joints"].tolist() == [True, False, False, False]
    assert found["site_elsewhere"].tolist() == [False, True, False, False]


def test_an_expert_s_verdict_is_no_look_and_its_last_one_stands() -> None:
    found = bucket([{}] * 4, assessments=ASSESSMENTS)
    said = verdicts(found)
    assert said["adjudicated"].tolist() == [np.inf, np.inf, 300, 200]
    assert said["adjudicated_case"].tolist() == [False, False, True, False]
    assert set(assessments(found)["method"]) == {"radiograph"}
    assert find_cases(found, study()).onset.tolist() == [100, 100, np.inf, np.inf]


def test_the_registry_sees_a_person_from_registration_until_death_loss_or_the_end() -> None:
    people = [
        {"registry_entry_date": on(50)},
        {"death_date": on(400)},
        {"last_contact_date": on(300)},
    ]
    coverage = [{"p": 0, "domain": "diagnoses", "start_date": on(70), "end_date": on(90)}]
    protocol = study(population={"coverage": ["diagnoses"]})
    rows = bucket(people, coverage=coverage)
    registered, gone = registration(rows, protocol)
    end = (protocol.population.data_end - on(0)).days + 1
    assert registered.tolist() == [50, 0, 0]
    assert gone.tolist() == [end, 400, 300]
    assert runs(covered(rows, ("diagnoses",))) == [(0, 70, 90)]


def runs(found: Periods) -> list[tuple]:
    return list(zip(*found, strict=True))


def test_who_is_lost_and_comes_back_is_in_the_registry_until_the_last_loss() -> None:
    def spell(p: int, day: int, modality: str) -> dict:
        return {"p": p, "start_date": on(day), "modality": modality}

    spells = [spell(0, 0, "HD"), spell(0, 200, "lost"), spell(0, 300, "PD"), spell(0, 500, "lost")]
    spells += [spell(1, 0, "HD"), spell(1, 200, "lost"), spell(1, 300, "TX")]
    rows = bucket([{}, {}], modality_spells=spells)
    assert registration(rows, study())[1].tolist() == [500, 200]


def test_coverage_of_all_kinds_covers_each_kind_that_the_protocol_asks_for() -> None:
    at_risk_periods = [
        {"p": 0, "domain": "all", "start_date": on(70), "end_date": on(400)},
        {"p": 1, "domain": "labs", "start_date": on(70), "end_date": on(400)},
    ]
    rows = bucket([{}, {}], coverage=at_risk_periods)
    assert runs(covered(rows, ("diagnoses", "procedures"))) == [(0, 70, 400)]


def test_every_period_of_coverage_counts_and_those_that_touch_are_one() -> None:
    def period(day: int, end: int | None, domain: str = "diagnoses") -> dict:
        until = None if end is None else on(end)
        return {"p": 0, "domain": domain, "start_date": on(day), "end_date": until}

    diagnoses = [
        period(500, None),
        period(-90, 100),
        period(100, 200),
        period(150, 180),
        period(300, 300),
    ]
    labs = [period(50, 120, "labs"), period(190, 600, "labs")]
    rows = bucket([{}], coverage=[*diagnoses, *labs])
    assert runs(covered(rows, ("diagnoses",))) == [(0, 0, 200), (0, 500, np.inf)]
    both = [(0, 50, 120), (0, 190, 200), (0, 500, 600)]
    assert runs(covered(rows, ("diagnoses", "labs"))) == both
    assert runs(covered(rows, ())) == [(0, 0, np.inf)]


@pytest.fixture
def counts() -> Counter:
    assessed = [
        assessment(0, 90, "hand", "no"),  # on the day of entry: not after it
        assessment(0, 91, "hand", "no"),
        assessment(0, 91, "hip", "no"),  # the same film
        assessment(0, 200, "hand", "no", "examination"),
        assessment(0, 300, "hand", "yes"),  # the one that finds it
        assessment(0, 301, "hand", "yes"),  # afterwards
        assessment(1, 100, "hand", "no"),  # left out
    ]
    people = pd.DataFrame({"in_cohort": [True, False]})
    intervals = pd.DataFrame(
        {
            "person": [0, 0],
            "start": [90.0, 150.0],
            "stop": [150.0, 300.0],
            "pth": [np.nan, 70.0],
        }
    )
    return ascertainment_counts(bucket([{}] * 2, assessments=assessed), people, intervals)


def test_looks_are_counted_while_followed_by_the_pth_in_force(counts: Counter) -> None:
    high = "above 63.7 pmol/L"
    assert counts[("days", "not known")] == 60
    assert counts[("days", high)] == 150
    assert (counts[("radiographs", "not known")], counts[("radiographs", high)]) == (1, 1)
    assert (counts[("assessments", "not known")], counts[("assessments", high)]) == (1, 2)


def test_looks_per_person_year(counts: Counter) -> None:
    rows = {(row.term, row.strata): row for row in ascertainment_rows(counts)}
    whole = rows[("radiographs", "")]
    assert (whole.numerator, whole.person_years) == (2, 210 / 365.25)
    assert whole.estimate == pytest.approx(2000 * 365.25 / 210)
    parts = [row for (term, strata), row in rows.items() if term == "radiographs" and strata]
    assert sum(row.numerator for row in parts) == 2
    assert {row.sums_to for row in parts} == {whole.id}


def test_no_assessments_no_rate() -> None:
    frame = pd.DataFrame({"person": [], "start": [], "stop": []})
    empty = ascertainment_counts(bucket([{}]), pd.DataFrame({"in_cohort": [True]}), frame)
    assert ascertainment_rows(empty) == []
