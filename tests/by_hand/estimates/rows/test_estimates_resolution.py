"""Resolution after parathyroidectomy, on the clock of the operation."""

from __future__ import annotations

import pytest
from small_bucket import study
from small_cohort import cohort

from analysis.estimates.what_then.resolution import resolution
from data_schema.results import Estimate

HORIZONS = study(parathyroidectomy={"horizons_days": [30, 90, 180]})
ILL = {"onset": 200.0, "state": 1, "exit": 200.0, "exit_reason": "onset"}
OPERATED = [
    ILL | {"parathyroidectomy": 300.0, "resolution": 360.0},  # resolves 60 days after
    ILL | {"parathyroidectomy": 300.0, "leave": 400.0, "leave_reason": "death"},  # dies at 100
    ILL | {"parathyroidectomy": 500.0, "resolution": 620.0},  # resolves 120 days after
    ILL | {"parathyroidectomy": 500.0},  # followed 500 days, never resolves
]
NOT_ACTIVE = [
    {"parathyroidectomy": 300.0},  # never ill
    ILL | {"onset": 301.0, "exit": 301.0, "parathyroidectomy": 300.0},  # ill a day later
    ILL | {"parathyroidectomy": 300.0, "resolution": 300.0},  # resolved by then
    ILL | {"parathyroidectomy": 1000.0},  # on the day of leaving
    ILL,
]


def curve(rows: list[Estimate]) -> dict[float, tuple[float, float, float]]:
    return {
        row.time: (row.estimate, row.numerator, row.denominator)
        for row in rows
        if row.measure == "resolution"
    }


def test_resolution_with_death_competing() -> None:
    rows = resolution(cohort(OPERATED + NOT_ACTIVE, HORIZONS))
    assert curve(rows) == {
        30: (0, 0, 4),
        90: (pytest.approx(0.25), 1, 3),
        180: (pytest.approx(0.5), 2, 1),
    }


def test_people_operated_on_and_those_with_active_disease() -> None:
    rows = resolution(cohort(OPERATED + NOT_ACTIVE, HORIZONS))
    people = {row.level: row.numerator for row in rows if row.measure == "people"}
    assert people == {"parathyroidectomy": 8, "parathyroidectomy_with_active_disease": 4}


def test_a_prevalent_person_counts_from_entry_on() -> None:
    early = ILL | {"onset": 10.0, "left_out_at": "prevalent", "entry": 90.0, "resolution": 330.0}
    people = [early | {"parathyroidectomy": 300.0}, early | {"parathyroidectomy": 60.0}]
    assert curve(resolution(cohort(people, HORIZONS)))[30] == (1, 1, 1)


def test_resolution_after_leaving_is_not_seen() -> None:
    gone = ILL | {"parathyroidectomy": 300.0, "resolution": 360.0, "leave": 350.0}
    rows = curve(resolution(cohort([gone, *OPERATED[2:]], HORIZONS)))
    assert rows[90] == (0, 0, 2)


def test_nobody_with_active_disease_is_a_reason() -> None:
    rows = [r for r in resolution(cohort(NOT_ACTIVE, HORIZONS)) if r.measure == "resolution"]
    assert [(row.status, row.estimate) for row in rows] == [("not_estimable", None)]


def test_without_procedures_it_is_a_sentence() -> None:
    (row,) = resolution(cohort(OPERATED, HORIZONS, tables=("patients", "diagnoses")))
    assert (row.measure, row.status) == ("statement", "not_available")
