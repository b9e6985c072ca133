"""Risk intervals of a few people, written out."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from analysis.cohort.bucket import NEVER
from analysis.cohort.laboratory.known_values import Series, latest
from analysis.cohort.risk_intervals.intervals import ConservationError, _conserve, risk_intervals
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
    assert split(late, [90], [110], [0], [100]) == [
        (0, 90, 100, 0, -1),
        (0, 100, 105, 0, -1),
        (0, 105, 110, 0, -1),
    ]
    assert split(late, [90], [110], [0])[-1] == (0, 105, 110, 0, 80.0)


def test_latest_is_on_or_before_the_day_and_of_the_same_person() -> None:
    series = pth((0, 10, 1.0), (0, 20, 2.0), (2, -5, 3.0))
    person = np.array([0, 0, 0, 0, 1, 2, 2, 2])
    day = np.array([9.0, 10, 19, 1e9, 50, -6, -5, NEVER])
    assert latest(series, person, day).tolist() == [-1, 0, 0, 1, -1, -1, 2, 2]
    assert latest(pth(), person, day).tolist() == [-1] * 8


def test_lost_days_and_lost_events_are_noticed() -> None:
    begin, exit_ = np.array([0, 1]), np.array([10.0])
    one, none = np.array([1]), np.array([0])
    with pytest.raises(ConservationError, match="person-days"):
        _conserve(begin, exit_, one, np.array([9.0]), one)
    with pytest.raises(ConservationError, match="events"):
        _conserve(begin, exit_, one, exit_, none)
    with pytest.raises(ConservationError, match="person-days"):  # a day moved to another period
        _conserve(np.arange(3), np.full(2, 5.0), none, np.array([4.0, 6.0]), none)


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


results = some.lists(
    some.tuples(some.integers(0, 2), some.integers(-50, 300), some.integers(0, 90)),
    max_size=12,
    unique_by=lambda row: row[:2],
)


def late(rows: list[tuple[int, int, int]], scale: float) -> Series:
    """(person, day known, days since its sample); the value tells them apart."""
    rows = sorted(rows)
    person = np.array([p for p, _, _ in rows], dtype=np.int64)
    day = np.array([d for _, d, _ in rows], dtype=float)
    return Series(person, day, day - [ago for *_, ago in rows], scale * (1000.0 * person + day))


def plainly_acting(series: Series, person: int, day: float, operated: float) -> float:
    """The value acting on the day after ``day``, by the definition of the kernel."""
    lag, valid = LAGGED.lag_days, LAGGED.valid_days
    known = np.flatnonzero((series.person == person) & (series.day + lag <= day))
    if not len(known):
        return np.nan
    last = known[-1]
    ended = operated <= day and series.sampled[last] <= operated
    return series.value[last] if day - lag - series.day[last] < valid and not ended else np.nan


LAGGED = Exposures(labs=("pth", "albumin"), valid_days=60, lag_days=10)


@settings(max_examples=60, deadline=None)
@given(results, results, some.integers(0, 120), some.sampled_from([NEVER, -20.0, 50.0, 130.0]))
def test_two_analytes_several_periods_and_an_operation_as_plainly_defined(
    first, second, gap, operated
) -> None:
    person = np.array([0, 0, 2])
    entry, exit_ = np.array([10.0, 100 + gap, 0]), np.array([90.0, 250 + gap, 200])
    series = {"pth": late(first, 1.0), "albumin": late(second, -1.0)}
    state, operation = np.array([0, 1, 2]), np.array([operated, operated, NEVER])
    found = risk_intervals(person, entry, exit_, state, operation, series, LAGGED)
    acts = [(s.person, s.day + LAGGED.lag_days) for s in series.values()]
    acts += [(who, day + LAGGED.valid_days) for who, day in acts]
    rows = iter(found.itertuples(index=False))
    for s in range(3):
        cuts = {entry[s], exit_[s], operation[s]}
        cuts |= {day for who, days in acts for day in days[who == person[s]]}
        days = sorted(day for day in cuts if entry[s] <= day <= exit_[s])
        for start, stop in zip(days[:-1], days[1:], strict=True):
            row = next(rows)
            happens = state[s] if stop == exit_[s] else 0
            assert row[:4] == (person[s], start, stop, happens)
            wanted = [
                plainly_acting(one, person[s], start, operation[s]) for one in series.values()
            ]
            np.testing.assert_array_equal(row[4:], wanted)
    assert next(rows, None) is None
