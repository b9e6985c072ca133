"""Since when and until when a person is known to be free of calcification, by hand."""

from __future__ import annotations

import pytest
from small_bucket import bucket, on, study

from analysis.cohort.bucket import NEVER
from analysis.cohort.case_definition.cases import find_cases
from analysis.cohort.case_definition.negative_assessments import clean_looks
from analysis.cohort.follow_up.time_at_risk import follow

ENTRY = 90


def look(day: int, calcification: str = "no", method: str = "radiograph") -> dict:
    return {"p": 0, "date": on(day), "method": method, "calcification": calcification}


def bounds(*looks: dict, death: int = 2000, **outcome: object) -> tuple[float, float]:
    protocol = study(outcome=outcome)
    people = bucket([{"death_date": on(death)}], assessments=list(looks))
    cases = find_cases(people, protocol)
    found = clean_looks(people, protocol, cases.onset, follow(people, protocol, cases))
    return found.free_since[0], found.last_clean[0]


def test_the_last_clean_look_by_entry_starts_the_clock() -> None:
    assert bounds(look(10), look(60), look(400), look(800, "yes")) == (60, 400)


def test_else_the_first_clean_look_after_entry() -> None:
    assert bounds(look(200), look(400)) == (200, 400)
    assert bounds(look(ENTRY), look(400)) == (ENTRY, 400)


@pytest.mark.parametrize("said", ["not_assessed", "not_recorded"])
def test_what_was_not_looked_at_is_not_negative(said: str) -> None:
    assert bounds(look(200, said)) == (NEVER, -NEVER)


def test_only_the_methods_of_the_protocol_count() -> None:
    assert bounds(look(200, method="examination")) == (NEVER, -NEVER)
    named = {"negative_methods": ["examination"]}
    assert bounds(look(200, method="examination"), **named) == (200, 200)


def test_a_day_on_which_anything_is_seen_is_not_negative() -> None:
    assert bounds(look(200), look(300), look(300, "yes", "examination")) == (200, 200)


def test_looks_after_onset_after_exit_and_before_dialysis_do_not_count() -> None:
    assert bounds(look(-5), look(200), look(300, "yes"), look(500)) == (200, 200)
    assert bounds(look(200), look(600), death=500) == (200, 200)
    assert bounds(look(-5)) == (NEVER, -NEVER)


def test_without_assessments_nobody_is_known_to_be_free() -> None:
    people = bucket([{}, {}])
    cases = find_cases(people, study())
    found = clean_looks(people, study(), cases.onset, follow(people, study(), cases))
    assert found.free_since.tolist() == [NEVER, NEVER]
