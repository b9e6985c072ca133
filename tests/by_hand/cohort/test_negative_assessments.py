"""Since when and until when a person is known to be free of calcification, by hand."""

from __future__ import annotations

import pytest
from small_bucket import bucket, on, study

from analysis.cohort.bucket import NEVER
from analysis.cohort.case_definition.cases import find_cases
from analysis.cohort.case_definition.negative_assessments import negative_assessments
from analysis.cohort.follow_up.time_at_risk import follow

ENTRY = 90


def assessment(day: int, calcification: str = "no", method: str = "radiograph") -> dict:
    return {"p": 0, "date": on(day), "method": method, "calcification": calcification}


def bounds(*assessed: dict, death: int = 2000, **outcome: object) -> tuple[float, float]:
    protocol = study(outcome=outcome)
    people = bucket([{"death_date": on(death)}], assessments=list(assessed))
    cases = find_cases(people, protocol)
    found = negative_assessments(people, protocol, cases.onset, follow(people, protocol, cases))
    return found.free_since[0], found.last_negative_by_exit[0]


def test_the_last_negative_assessment_by_entry_starts_the_clock() -> None:
    assert bounds(assessment(10), assessment(60), assessment(400), assessment(800, "yes")) == (
        60,
        400,
    )


def test_else_the_first_clean_look_after_entry() -> None:
    assert bounds(assessment(200), assessment(400)) == (200, 400)
    assert bounds(assessment(ENTRY), assessment(400)) == (ENTRY, 400)


@pytest.mark.parametrize("said", ["not_assessed", "not_recorded"])
def test_what_was_not_looked_at_is_not_negative(said: str) -> None:
    assert bounds(assessment(200, said)) == (NEVER, -NEVER)


def test_only_the_methods_of_the_protocol_count() -> None:
    assert bounds(assessment(200, method="examination")) == (NEVER, -NEVER)
    named = {"negative_methods": ["examination"]}
    assert bounds(assessment(200, method="examination"), **named) == (200, 200)


def test_a_day_on_which_anything_is_seen_is_not_negative() -> None:
    assert bounds(assessment(200), assessment(300), assessment(300, "yes", "examination")) == (
        200,
        200,
    )


def test_looks_after_onset_after_exit_and_before_dialysis_do_not_count() -> None:
    assert bounds(assessment(-5), assessment(200), assessment(300, "yes"), assessment(500)) == (
        200,
        200,
    )
    assert bounds(assessment(200), assessment(600), death=500) == (200, 200)
    assert bounds(assessment(-5)) == (NEVER, -NEVER)


def test_without_assessments_nobody_is_known_to_be_free() -> None:
    people = bucket([{}, {}])
    cases = find_cases(people, study())
    found = negative_assessments(people, study(), cases.onset, follow(people, study(), cases))
    assert found.free_since.tolist() == [NEVER, NEVER]
