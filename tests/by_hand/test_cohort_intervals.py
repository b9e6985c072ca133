"""Risk intervals of a few people, written out."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from analysis.cohort import intervals
from analysis.cohort.bucket import NEVER
from analysis.cohort.intervals import ConservationError, _conserve, known_value, risk_intervals
from analysis.cohort.laboratory import Series, latest
from analysis.study import Exposures

HALF_YEAR = Exposures(labs=("pth",), valid_days=180)
NONE = np.nan


def pth(*rows: tuple[int, int, float]) -> Series:
    """(person, day, value), known on the day of the sample."""
    person, day, value = zip(*rows, strict=True) if rows else ((), (), ())
    days = np.array(day, dtype=float)
    return Series(np.array(person, dtype=np.int64), days, days, np.array(value, dtype=float))


def split(
    series: Series,
    entry: list[int],
    exit_: list[int],
    state: list[int],
    operated: list[float] | None = None,
    exposures: Exposures = HALF_YEAR,
) -> list[tuple]:
    rows = risk_intervals(
        np.arange(len(entry)),
        np.array(entry, dtype=float),
        np.array(exit_, dtype=float),
        np.array(state, dtype=np.int64),
        np.array(operated if operated else [NEVER] * len(entry)),
        {"pth": series},
        exposures,
    )
    return list(rows.fillna(-1).itertuples(index=False, name=None))


def test_a_value_acts_after_its_day_until_its_validity_ends() -> None:
    assert split(pth((0, 100, 50.0)), [90], [500], [2]) == [
        (0, 90, 100, 0, -1),
        (0, 100, 280, 0, 50.0),
        (0, 280, 500, 2, -1),
    ]


def test_an_event_on_the_day_of_a_value_does_not_see_it() -> None:
    assert split(pth((0, 100, 50.0), (0, 200, 90.0)), [90], [200], [1]) == [
        (0, 90, 100, 0, -1),
        (0, 100, 200, 1, 50.0),
    ]


def test_a_value_of_the_day_of_entry_acts_at_once_and_an_old_one_for_its_rest() -> None:
    assert split(pth((0, 90, 50.0)), [90], [120], [0]) == [(0, 90, 120, 0, 50.0)]
    assert split(pth((0, 20, 50.0)), [90], [300], [0]) == [
        (0, 90, 200, 0, 50.0),
        (0, 200, 300, 0, -1),
    ]


def test_a_newer_value_replaces_an_older_one() -> None:
    assert split(pth((0, 90, 50.0), (0, 150, 70.0)), [90], [200], [3]) == [
        (0, 90, 150, 0, 50.0),
        (0, 150, 200, 3, 70.0),
    ]


def test_a_parathyroidectomy_ends_older_values() -> None:
    assert split(pth((0, 90, 50.0), (0, 160, 5.0)), [90], [200], [0], [130]) == [
        (0, 90, 130, 0, 50.0),
        (0, 130, 160, 0, -1),
        (0, 160, 200, 0, 5.0),
    ]


def test_a_sample_of_the_day_of_the_operation_is_one_from_before_it() -> None:
    assert split(pth((0, 130, 50.0)), [90], [200], [0], [130]) == [
        (0, 90, 130, 0, -1),
        (0, 130, 200, 0, -1),
    ]


def test_a_lag_moves_both_ends() -> None:
    lagged = Exposures(labs=("pth",), valid_days=50, lag_days=30)
    assert split(pth((0, 100, 50.0)), [90], [300], [0], exposures=lagged) == [
        (0, 90, 130, 0, -1),
        (0, 130, 180, 0, 50.0),
        (0, 180, 300, 0, -1),
    ]


def test_two_people_do_not_share_values() -> None:
    assert split(pth((1, 95, 50.0)), [90, 90], [100, 100], [0, 1]) == [
        (0, 90, 100, 0, -1),
        (1, 90, 95, 0, -1),
        (1, 95, 100, 1, 50.0),
    ]


def test_nobody_and_no_values() -> None:
    assert split(pth(), [], [], []) == []
    assert split(pth(), [90], [100], [1]) == [(0, 90, 100, 1, -1)]


def test_a_sample_taken_before_an_operation_and_known_after_it_does_not_act() -> None:
    late = Series(np.array([0]), np.array([105.0]), np.array([98.0]), np.array([80.0]))
    value = known_value(
        late, np.array([0, 0]), np.array([105.0, 110.0]), np.array([100.0, NEVER]), HALF_YEAR
    )
    assert np.isnan(value[0])
    assert value[1] == 80.0


def test_latest_is_on_or_before_the_day_and_of_the_same_person() -> None:
    series = pth((0, 10, 1.0), (0, 20, 2.0), (2, -5, 3.0))
    person = np.array([0, 0, 0, 0, 1, 2, 2, 2])
    day = np.array([9.0, 10, 19, 1e9, 50, -6, -5, NEVER])
    assert latest(series, person, day).tolist() == [-1, 0, 0, 1, -1, -1, 2, 2]
    assert latest(pth(), person, day).tolist() == [-1] * 8


def test_lost_days_and_lost_events_are_noticed() -> None:
    first, exit_ = np.array([0]), np.array([10.0])
    one, none = np.array([1]), np.array([0])
    with pytest.raises(ConservationError, match="person-days"):
        _conserve(first, exit_, one, np.array([9.0]), one)
    with pytest.raises(ConservationError, match="events"):
        _conserve(first, exit_, one, exit_, none)
    with pytest.raises(ConservationError, match="person-days"):  # a day moved to another stay
        _conserve(np.array([0, 1]), np.array([5.0, 5.0]), none, np.array([4.0, 6.0]), none)


people = some.lists(
    some.tuples(some.integers(0, 400), some.integers(1, 600), some.integers(0, 4)),
    min_size=1,
    max_size=4,
)
values = some.sets(some.tuples(some.integers(0, 3), some.integers(-100, 900)), max_size=12)


@settings(max_examples=40, deadline=None)
@given(people, values, some.integers(0, 60), some.integers(1, 300))
def test_every_day_has_the_value_that_a_slow_loop_finds(rows, labs, lag, valid) -> None:
    entry = [first for first, _, _ in rows]
    exit_ = [first + length for first, length, _ in rows]
    series = pth(*((person, day, 1000.0 * person + day) for person, day in sorted(labs)))
    exposures = Exposures(labs=("pth",), valid_days=valid, lag_days=lag)
    found = pd.DataFrame(
        split(series, entry, exit_, [state for *_, state in rows], exposures=exposures),
        columns=["person", "start", "stop", "state", "pth"],
    )
    for person in range(len(rows)):
        mine = found[found["person"] == person]
        assert mine["start"].tolist() == [entry[person], *mine["stop"].tolist()[:-1]]
        assert mine["stop"].tolist()[-1] == exit_[person]
        for row in mine.itertuples():
            for day in {row.start + 1, row.stop}:
                known = [d for p, d in labs if p == person and d + lag < day]
                last = max(known, default=None)
                valid_still = last is not None and day <= last + lag + valid
                assert row.pth == (1000.0 * person + last if valid_still else -1)


def test_a_long_calendar_is_marked_a_stretch_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    values = [(0, 5), (0, 40), (1, 0), (1, 11), (2, 3), (2, 700)]
    series = pth(*((person, day, 100.0 * person + day) for person, day in values))
    once = split(series, [0.0, 2.0, 0.0], [50.0, 12.0, 900.0], [1, 0, 2])
    for stretch in (1, 7, 962):
        monkeypatch.setattr(intervals, "CALENDAR", stretch)
        assert split(series, [0.0, 2.0, 0.0], [50.0, 12.0, 900.0], [1, 0, 2]) == once
    assert len(once) > 6
