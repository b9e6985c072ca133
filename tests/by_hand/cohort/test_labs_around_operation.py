"""Laboratory values around a parathyroidectomy of day 300; the window is 14 to 90 days after."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from small_bucket import bucket, on, study

from analysis.cohort.laboratory.around_operation import operated_labs
from analysis.cohort.laboratory.known_values import lab_series

PROTOCOL = study(exposures={"labs": ["pth"]})


def labs(*rows: tuple[int, float] | tuple[int, float, int], p: int = 0) -> list[dict]:
    """(day of the sample, value, day of the result)."""
    return [
        {"p": p, "sample_date": on(day), "analyte": "pth", "value": value}
        | ({"result_date": on(known[0])} if known else {})
        for day, value, *known in rows
    ]


def before_and_after(rows: list[dict], operated: float = 300.0) -> list[float]:
    people = pd.DataFrame(
        {"person": [0], "in_cohort": [True], "parathyroidectomy": [operated], "leave": [900.0]}
    )
    series = lab_series(bucket([{}], labs=rows), PROTOCOL.exposures)
    frame = operated_labs(PROTOCOL, people, series)
    return frame[["before_pth", "after_pth"]].to_numpy().ravel().tolist()


@pytest.mark.parametrize(
    ("day", "known"), [(209, False), (210, True), (299, True), (300, True), (301, False)]
)
def test_before_is_the_ninety_days_up_to_the_operation(day: int, known: bool) -> None:
    assert np.isfinite(before_and_after(labs((day, 80.0)))[0]) == known


@pytest.mark.parametrize(
    ("day", "known"), [(313, False), (314, True), (390, True), (391, False), (300, False)]
)
def test_after_is_the_window_of_the_protocol(day: int, known: bool) -> None:
    assert np.isfinite(before_and_after(labs((day, 8.0)))[1]) == known


def test_the_last_before_and_the_first_after() -> None:
    rows = labs((250, 70.0), (290, 80.0), (305, 1.0), (320, 8.0), (340, 9.0))
    assert before_and_after(rows) == [80.0, 8.0]


def test_a_sample_from_before_is_not_one_from_after_however_late_its_result() -> None:
    rows = labs((298, 80.0, 316), (330, 8.0))
    assert before_and_after(rows) == [80.0, 8.0]


def test_whoever_was_not_operated_on_has_no_row() -> None:
    assert before_and_after(labs((290, 80.0)), np.inf) == []
    assert before_and_after(labs((290, 80.0)), 901.0) == []
