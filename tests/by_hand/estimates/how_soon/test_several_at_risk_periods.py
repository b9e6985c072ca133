"""Estimates of people who leave and come back: five people, their days and counts by hand.

Recovery does not compete here, and nobody is seen on days 300 to 500 who is covered twice.

| id | at-risk periods | why the first ends | at the end |
|---|---|---|---|
| 0 | (90, 200], (400, 700] | recovery | death on 700 |
| 1 | (90, 300], (500, 601] | coverage | onset on 601 |
| 2 | (90, 300] | coverage | onset on 400, while nobody looks; back on 500 |
| 3 | (90, 800] | | the end of data |
| 4 | (90, 300] | coverage | onset on 350, never back |

At risk: 110 + 300, 210 + 101, 210, 710 and 210 days, 1851 together. Onset on day 601: 0, 1 and 3
are at risk, so 1/3 fall ill; of the two left on day 700 one dies, 2/3 · 1/2.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from small_bucket import bucket, on, study

from analysis.cohort.case_definition.cases import find_cases
from analysis.cohort.follow_up.at_risk_periods import at_risk_frame, covered_frame
from analysis.cohort.follow_up.time_at_risk import follow
from analysis.cohort.people import people_frame
from analysis.estimates.description.follow_up import follow_up
from analysis.estimates.how_common.denominators import (
    in_period,
    on_date,
    period_years_rows,
    registry,
)
from analysis.estimates.how_soon.entry_dependence import entry_dependence
from analysis.estimates.how_soon.incidence import cumulative_curve, incidence_rates
from analysis.estimates.how_soon.late_entry import late_entry_rows
from analysis.estimates.how_soon.person_time_by import by_modality, pairs_of_a_person
from analysis.estimates.how_soon.starting_time import at_risk_periods
from analysis.estimates.inputs.cohort_tables import Cohort
from analysis.estimates.inputs.stage_tables import HeldTables
from data_schema.measures import declared

PROTOCOL = study(
    outcome={"competing": ["death", "transplant"]},
    population={"coverage": ["diagnoses"], "data_end": on(800), "data_start": on(0)},
    horizons={"years": [1, 2], "curve_end_years": 3, "fewest_at_risk": 1},
)


@pytest.fixture(scope="module")
def five() -> Cohort:
    def seen(p: int, start: int, end: int | None) -> dict:
        until = None if end is None else on(end)
        return {"p": p, "domain": "diagnoses", "start_date": on(start), "end_date": until}

    def code(p: int, day: int) -> dict:
        row = {"system": "icd10cm", "code": "L942", "setting": "inpatient"}
        return {"p": p, "date": on(day), **row}

    treated = [(p, 0, "HD") for p in range(5)] + [(0, 200, "recovered"), (0, 400, "PD")]
    rows = bucket(
        [{"death_date": on(700)}, {}, {}, {}, {}],
        modality_spells=[{"p": p, "start_date": on(d), "modality": m} for p, d, m in treated],
        coverage=[
            *(seen(p, 0, None) for p in (0, 3)),
            *(seen(p, 0, 300) for p in (1, 2, 4)),
            *(seen(p, 500, None) for p in (1, 2)),
        ],
        diagnoses=[code(1, 601), code(2, 400), code(4, 350)],
    )
    cases = find_cases(rows, PROTOCOL)
    found = follow(rows, PROTOCOL, cases)
    people = people_frame(rows, PROTOCOL, cases, found)
    spells = pd.DataFrame(
        [(0, 0, 200, "HD"), (0, 200, 400, "recovered"), (0, 400, np.inf, "PD")]
        + [(p, 0, np.inf, "HD") for p in (1, 2, 3, 4)],
        columns=["person", "start", "stop", "modality"],
    ).astype({"start": float, "stop": float})
    tables = {
        "at_risk_periods": at_risk_frame(PROTOCOL, people, found),
        "covered": covered_frame(rows, PROTOCOL),
        "spells": spells,
    }
    facts = {"tables": ["diagnoses"], "precision": "day", "calendar": True}
    return Cohort(PROTOCOL, facts, people, HeldTables(tables))


def test_person_days_and_events_are_those_of_all_stays(five: Cohort) -> None:
    rates = {row.outcome: row for row in incidence_rates(five)}
    assert rates["onset"].person_years == 1851 / 365.25
    assert (rates["onset"].numerator, rates["death"].numerator) == (1, 1)


def test_the_curve_by_hand(five: Cohort) -> None:
    at_risk = at_risk_periods(five)
    assert at_risk.n_people == 5
    curve = cumulative_curve(five, at_risk)
    np.testing.assert_allclose(curve.at([600, 601, 700]).estimate[:, 0], [0, 1 / 3, 1 / 3])
    np.testing.assert_allclose(curve.at([600, 601, 700]).estimate[:, 1], [0, 0, 1 / 3])


def test_a_return_is_no_late_entry(five: Cohort) -> None:
    at_risk = at_risk_periods(five)
    assert (at_risk.start > at_risk.since).any()
    assert late_entry_rows(five, at_risk, cumulative_curve(five, at_risk)) == []
    assert entry_dependence(five) == []


def test_returns_and_onsets_that_nobody_saw_are_counted(five: Cohort) -> None:
    rows = {(row.measure, row.level): row for row in follow_up(five)}
    assert rows["returned", "once_or_more"].numerator == 2
    assert rows["onset_unobserved", "between_at_risk_periods"].numerator == 1
    assert rows["onset_unobserved", "after_the_last_at_risk_period"].numerator == 1
    exits = {level: row.numerator for (name, level), row in rows.items() if name == "exits"}
    assert {level: n for level, n in exits.items() if n} == {
        "onset": 1,
        "death": 1,
        "lost": 2,
        "end_of_data": 1,
    }
    assert sum(exits.values()) == rows["people", ""].numerator == 5
    assert all(row.measure in declared() for row in rows.values())


def test_time_by_treatment_holds_the_same_days(five: Cohort) -> None:
    split = by_modality(at_risk_periods(five), five.spells())
    days = pd.Series(split.stop - split.start).groupby(split.level).sum().to_dict()
    assert days == {"HD": 110 + 311 + 210 + 710 + 210, "PD": 300}
    assert split.person[split.state > 0].tolist() == [0, 1]


def test_pairs_of_a_person() -> None:
    left, right = pairs_of_a_person(np.array([5, 3, 9, 3]), np.array([3, 3, 5, 7]))
    assert list(zip(left, right, strict=True)) == [(0, 2), (1, 0), (1, 1), (3, 0), (3, 1)]


def test_on_a_date_in_the_gap_nobody_is_observable(five: Cohort) -> None:
    people = registry(five)
    left = {day: on_date(people, on(day)).left_at.tolist() for day in (250, 350, 550)}
    assert left[250] == ["off_treatment", "", "", "", ""]
    assert left[350] == ["off_treatment", *["not_observable"] * 2, "", "not_observable"]
    assert left[550] == ["", "", "", "", "not_observable"]


def test_a_washout_is_observed_without_a_break(five: Cohort) -> None:
    longer = five.study.model_copy(
        update={"prevalence": five.study.prevalence.model_copy(update={"washout_days": 200})}
    )
    people = registry(Cohort(longer, five.facts, five.source_population, five.tables))
    assert on_date(people, on(600)).left_at.tolist()[:4] == ["", "washout", "washout", ""]
    assert on_date(people, on(700)).left_at.tolist()[1:4] == ["", "", ""]


def test_the_days_of_a_period_leave_the_gap_out(five: Cohort) -> None:
    people = registry(five)
    rows = {row.level: row for row in period_years_rows(people, on(200), on(599))}
    days = {level: round(row.person_years * 365.25) for level, row in rows.items()}
    assert days == {
        "": 5 * 400,
        "dialysis, observable": 200 + 2 * 200 + 400 + 100,
        "dialysis, not observable": 2 * 200 + 300,
        "graft, observable": 0,
        "graft, not observable": 0,
        "recovered or stopped": 200,
    }
    found = in_period(people, on(350), on(599))
    assert found.left_at.tolist() == ["", "", "", "", "not_observable"]
    assert found.day.tolist()[:4] == [400, 500, 500, 350]
