"""Room for risk intervals: what is likely, what is enough, and what becomes of too little."""

from __future__ import annotations

import numpy as np

from analysis.cohort.bucket import NEVER
from analysis.cohort.laboratory.known_values import Series
from analysis.cohort.risk_intervals.interval_kernels import likely_rows, most_rows, split
from analysis.cohort.risk_intervals.intervals import risk_intervals
from analysis.study import Exposures

BRIEF = Exposures(labs=("pth", "albumin"), valid_days=1)
ONE, FIRST = np.zeros(1, dtype=np.int64), np.array([[0, 3], [3, 5]])


def series(days: range, value: float) -> Series:
    day = np.array(days, dtype=float)
    return Series(np.zeros(len(day), dtype=np.int64), day, day, np.full(len(day), value))


def test_room_is_that_of_all_values_or_of_the_most_frequent_analyte() -> None:
    assert (most_rows(ONE, FIRST), likely_rows(ONE, FIRST)) == (2 + 2 * 5, 2 + 2 * 3)
    twice = np.zeros(2, dtype=np.int64)
    assert (most_rows(twice, FIRST), likely_rows(twice, FIRST)) == (24, 16)
    assert (most_rows(ONE[:0], FIRST), likely_rows(ONE[:0], FIRST)) == (0, 0)


def test_analytes_that_are_never_measured_together_have_room_too() -> None:
    asked = {"pth": series(range(10, 90, 4), 5.0), "albumin": series(range(12, 90, 4), 7.0)}
    enter, leave = np.zeros(1), np.full(1, 100.0)
    rows = risk_intervals(ONE, enter, leave, ONE, np.array([NEVER]), asked, BRIEF)
    changes = [day + more for one in asked.values() for day in one.day for more in (0, 1)]
    assert len(rows) == len(changes) + 1 > 2 + 2 * len(asked["pth"].day)
    assert rows["start"].tolist() == [0, *sorted(changes)]
    assert rows["stop"].tolist() == [*sorted(changes), 100]
    for name, one in asked.items():
        acting = np.isin(rows["start"], one.day)
        assert np.array_equal(rows[name], np.where(acting, one.value[0], np.nan), equal_nan=True)


def test_with_too_little_room_nothing_is_said() -> None:
    at_risk_periods = np.array([[0.0], [100.0], [NEVER]])
    days = np.array([[10.0, 20, 30]] * 2, dtype=np.float32)
    asked = (ONE, at_risk_periods, np.array([[0, 3]]), days, np.arange(3.0), 0.0, 180.0)
    for room in range(6):
        out = np.full((3, room), -1.0)
        begin = split(*asked, out)
        assert begin.tolist() == ([0, 4] if room >= 4 else [])
    assert out[:2, :4].tolist() == [[0, 10, 20, 30], [10, 20, 30, 100]]


def test_an_operation_is_a_boundary_without_any_analyte() -> None:
    found = risk_intervals(ONE, np.zeros(1), np.full(1, 9.0), ONE, np.full(1, 4.0), {}, BRIEF)
    assert found[["start", "stop"]].to_numpy().tolist() == [[0, 4], [4, 9]]
