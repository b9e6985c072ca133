"""Who is a case and since when, on records that fit on a line."""

from __future__ import annotations

import numpy as np
import pytest
from small_bucket import bucket, on, study

from analysis.cohort.bucket import NEVER
from analysis.cohort.case_definition.cases import Cases, find_cases
from analysis.cohort.laboratory.parathyroidectomy import parathyroidectomy_day, resolution_day
from analysis.study import Study

CORE, WIDE, ULCER, LUPUS = "L942", "E8359", "L97509", "M329"
ALL_TIERS = study(outcome={"tiers": ["definite", "probable", "possible"]})


def code(day: int, code: str = CORE, setting: str = "outpatient", **more) -> dict:
    return {"p": 0, "date": on(day), "system": "icd10cm", "code": code, "setting": setting, **more}


def assessment(day: int, calcification: str, method: str = "radiograph", **more) -> dict:
    return {"p": 0, "date": on(day), "method": method, "calcification": calcification, **more}


def cases(
    codes: list[dict], assessed: list[dict] = (), protocol: Study = ALL_TIERS, **tables
) -> Cases:
    found = bucket([{}], diagnoses=codes, assessments=list(assessed), **tables)
    return find_cases(found, protocol)


def onset(*arguments, **more) -> tuple[float, str]:
    found = cases(*arguments, **more)
    return found.onset[0], found.tier[0]


def test_definite_is_seen_without_erosion() -> None:
    assert onset([], [assessment(50, "no"), assessment(90, "yes")]) == (90, "definite")
    assert onset([], [assessment(90, "yes", "ct", erosion="not_assessed")]) == (90, "definite")


@pytest.mark.parametrize("method", ["ultrasound", "biopsy", "examination"])
def test_only_a_radiograph_or_ct_makes_it_definite(method: str) -> None:
    assert onset([], [assessment(90, "yes", method)]) == (NEVER, "")


def test_with_erosion_it_is_probable() -> None:
    assert onset([], [assessment(90, "yes", erosion="yes")]) == (90, "probable")


def test_one_inpatient_code_is_probable() -> None:
    assert onset([code(70, setting="inpatient")]) == (70, "probable")


@pytest.mark.parametrize(
    ("days", "found"),
    [([100], NEVER), ([100, 129], NEVER), ([100, 130], 130), ([100, 120, 140], 140)],
)
def test_two_outpatient_codes_thirty_days_apart_count_from_the_second(
    days: list[int], found: float
) -> None:
    assert onset([code(day) for day in days])[0] == found


def test_the_surest_tier_of_the_first_day_counts() -> None:
    both = cases([code(90, setting="inpatient")], [assessment(90, "yes")])
    assert (both.onset[0], both.tier[0]) == (90, "definite")
    later = cases([code(80, setting="inpatient")], [assessment(90, "yes")])
    assert (later.onset[0], later.tier[0], later.tier_day["definite"][0]) == (80, "probable", 90)


@pytest.mark.parametrize(
    ("image", "found"), [(99, 100), (100, 100), (10, 100), (9, NEVER), (101, NEVER)]
)
def test_possible_needs_imaging_in_the_ninety_days_before(image: int, found: float) -> None:
    assessed = [assessment(image, "not_recorded")]
    assert onset([code(100, WIDE)], assessed) == (found, "possible" if found < NEVER else "")


@pytest.mark.parametrize(("ulcer", "found"), [(101, 100), (100, NEVER), (40, NEVER)])
def test_possible_needs_that_there_is_no_ulcer_by_then(ulcer: int, found: float) -> None:
    codes = [code(100, WIDE), code(ulcer, ULCER)]
    assert onset(codes, [assessment(80, "no")])[0] == found


def test_possible_is_not_asked_for_by_default() -> None:
    found = cases([code(100, WIDE)], [assessment(80, "no")], study())
    assert (found.onset[0], found.tier_day["possible"][0]) == (NEVER, 100)


@pytest.mark.parametrize(("day", "found"), [(99, NEVER), (100, NEVER), (101, 100)])
def test_an_excluding_diagnosis_by_then_makes_it_no_case(day: int, found: float) -> None:
    got = cases([code(100, setting="inpatient"), code(day, LUPUS)])
    assert got.onset[0] == found
    assert got.excluded[0] == (found == NEVER)


@pytest.mark.parametrize("status", ["refuted", "entered_in_error"])
def test_a_refuted_code_does_not_stand_and_is_counted(status: str) -> None:
    found = cases([code(100, setting="inpatient", status=status)])
    assert (found.onset[0], found.refuted_rows) == (NEVER, 1)


def test_the_last_negative_assessment_before_onset() -> None:
    assessed = [
        assessment(50, "no"),
        assessment(90, "no"),
        assessment(120, "yes"),
        assessment(200, "no"),
    ]
    assert cases([], assessed).last_negative.tolist() == [90]
    assert cases([], [assessment(120, "yes")]).last_negative.tolist() == [-NEVER]


def lab(day: int, analyte: str, value: float, **more) -> dict:
    return {"p": 0, "sample_date": on(day), "analyte": analyte, "value": value, **more}


HIGH_PTH, LOW_PTH = 62.2, 62.1  # nine times 6.9 pmol/L is 62.1


@pytest.mark.parametrize(
    ("criterion", "labs", "met"),
    [
        ("off", [], True),
        ("any_mineral", [], False),
        ("any_mineral", [lab(100, "pth", HIGH_PTH)], True),
        ("any_mineral", [lab(100, "pth", LOW_PTH)], False),
        ("any_mineral", [lab(190, "phosphate", 1.79)], True),
        ("any_mineral", [lab(191, "phosphate", 1.79)], False),
        ("any_mineral", [lab(10, "phosphate", 1.79)], True),
        ("any_mineral", [lab(9, "phosphate", 1.79)], False),
        ("any_mineral", [lab(100, "phosphate", 1.78), lab(100, "calcium", 2.5)], True),
        ("any_mineral", [lab(100, "phosphate", 1.77), lab(100, "calcium", 2.5)], False),
        ("any_mineral", [lab(100, "phosphate", 1.78), lab(101, "calcium", 2.5)], False),
        ("pth_required", [lab(100, "phosphate", 2.5)], False),
        ("pth_required", [lab(100, "pth", HIGH_PTH)], True),
        ("pth_required", [lab(100, "pth", HIGH_PTH, assay_upper_limit=7.0)], False),
    ],
)
def test_the_laboratory_criterion(criterion: str, labs: list[dict], met: bool) -> None:
    protocol = study(outcome={"lab_criterion": criterion})
    codes = [code(100, setting="inpatient")]
    found = cases(codes, protocol=protocol, **({"labs": labs} if labs else {}))
    assert np.isfinite(found.onset[0]) == met


def test_the_upper_limit_is_in_the_unit_as_sent() -> None:
    """600 pg/mL of an assay with 65 pg/mL: 9.2 times its limit."""
    protocol = study(outcome={"lab_criterion": "pth_required"})
    high = lab(100, "pth", 600.0, value_si=63.7, assay_upper_limit=65.0)
    codes = [code(100, setting="inpatient")]
    assert onset(codes, protocol=protocol, labs=[high])[0] == 100
    low = high | {"assay_upper_limit": 67.0}
    assert onset(codes, protocol=protocol, labs=[low])[0] == NEVER


def operation(day: int, code: str = "0689") -> dict:
    return {"p": 0, "date": on(day), "system": "icd9proc", "code": code}


def test_the_first_operation_after_dialysis_counts_and_look_alikes_do_not() -> None:
    rows = [operation(500), operation(300), operation(-40), operation(200, "0699")]
    after, before = parathyroidectomy_day(bucket([{}, {}], procedures=rows))
    assert after.tolist() == [300, NEVER]
    assert before.tolist() == [-40, -NEVER]


def test_resolution_is_a_later_look_without_calcification_at_any_site() -> None:
    assessed = [
        assessment(80, "no"),
        assessment(100, "yes"),
        assessment(200, "no", site="hand"),
        assessment(200, "yes", site="hip"),
        assessment(250, "not_assessed"),
        assessment(300, "no"),
    ]
    found = bucket([{}], assessments=assessed)
    assert resolution_day(found, np.array([100.0])).tolist() == [300]
    assert resolution_day(found, np.array([300.0])).tolist() == [NEVER]
    assert resolution_day(found, np.array([NEVER])).tolist() == [NEVER]
