"""Stretches of people's time, and their compiled merges, against plain sets of days."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from analysis.cohort.follow_up.period_kernels import lengthen, merged, remaining, shared
from analysis.cohort.follow_up.periods import Periods, common, union

runs = some.lists(
    some.tuples(some.integers(0, 2), some.integers(0, 30), some.integers(-2, 9)), max_size=12
)


def columns(rows: list[tuple[int, int, int]]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Person, start and stop of stretches given as person, start and length."""
    person, start, length = (np.array([row[k] for row in rows], dtype=float) for k in range(3))
    return person.astype(np.int64), start, start + length


def days(periods: Periods) -> set[tuple[int, int]]:
    """The days of each person that ``(start, stop]`` holds."""
    return {
        (int(p), day)
        for p, start, stop in zip(*periods, strict=True)
        for day in range(int(start) + 1, int(stop) + 1)
    }


def plain(held: set[tuple[int, int]]) -> list[tuple[int, int, int]]:
    """The stretches of days that follow one another."""
    found: list[tuple[int, int, int]] = []
    for p, day in sorted(held):
        if found and found[-1][0] == p and found[-1][2] == day - 1:
            found[-1] = (p, found[-1][1], day)
        else:
            found.append((p, day - 1, day))
    return found


def listed(periods: Periods) -> list[tuple[int, int, int]]:
    return [tuple(int(cell) for cell in row) for row in zip(*periods, strict=True)]


@settings(max_examples=200, deadline=None)
@given(runs)
def test_a_union_holds_the_days_of_any_stretch(rows) -> None:
    found = union(*columns(rows))
    assert listed(found) == plain(days(Periods(*columns(rows))))


@settings(max_examples=200, deadline=None)
@given(some.lists(runs, min_size=1, max_size=3), some.lists(runs, max_size=2))
def test_what_is_common_is_in_every_side_and_in_none_of_the_others(inside, outside) -> None:
    within, without = ([union(*columns(rows)) for rows in sides] for sides in (inside, outside))
    held = set.intersection(*map(days, within)).difference(*map(days, without))
    assert listed(common(within, without)) == plain(held)


@settings(max_examples=60, deadline=None)
@given(runs, some.lists(some.integers(-1, 40), min_size=3, max_size=3))
def test_what_lies_after_a_day_of_each_person(rows, begin) -> None:
    whole = union(*columns(rows))
    kept = whole.since(np.array(begin, dtype=float))
    assert listed(kept) == plain({(p, day) for p, day in days(whole) if day > begin[p]})


def test_stretches_that_touch_are_one_wherever_they_come_from() -> None:
    touching = Periods(np.array([0, 0, 0]), np.array([0.0, 5.0, 9.0]), np.array([5.0, 9.0, 9.0]))
    whole = Periods(np.array([0]), np.array([1.0]), np.array([np.inf]))
    assert listed(common([touching], [])) == [(0, 0, 9)]
    assert listed(common([touching, whole], [])) == [(0, 1, 9)]
    nothing = Periods(np.zeros(0, dtype=np.int64), np.zeros(0), np.zeros(0))
    assert listed(common([nothing, whole], [whole])) == []
    kept = common([whole], [touching])
    assert (kept.start[0], kept.stop[0]) == (9.0, np.inf)


@pytest.mark.parametrize(
    ("merge", "expected"), [(shared, [(1, 2, 4)]), (remaining, [(0, 0, 9), (1, 0, 2), (1, 4, 9)])]
)
def test_people_do_not_meet(merge, expected) -> None:
    one = (np.array([0, 1]), np.zeros(2), np.full(2, 9.0))
    other = (np.array([1, 2]), np.array([2.0, 0.0]), np.array([4.0, 9.0]))
    assert listed(Periods(*merge(*one, *other))) == expected


def test_an_empty_stretch_is_left_out_and_an_overlapping_one_lengthens_the_last() -> None:
    assert listed(Periods(*merged(*columns([(0, 1, 4), (0, 2, 1), (0, 4, 3), (1, 3, 0)])))) == [
        (0, 1, 7)
    ]
    person, start, stop = columns([(0, 1, 4), (0, 0, 0)])
    assert lengthen(person, start, stop, 1, 0, 6.0, 6.0) == 1
    assert lengthen(person, start, stop, 1, 0, 5.0, 6.0) == 1 and stop[0] == 6.0
    assert lengthen(person, start, stop, 1, 0, 7.0, 8.0) == 2 and start[1] == 7.0
