"""The compiled passes over laboratory rows, against the plain definitions of each."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from small_bucket import bucket, on

from analysis.cohort.bucket import days_between
from analysis.cohort.laboratory.lab_kernels import (
    NO_DATE,
    acts,
    daily,
    in_order,
    last_within,
    own_clock,
    people_with_a_value,
    spans_of,
)
from analysis.cohort.laboratory.lab_table import lab_table

EVERYBODY = 4
people_and_days = some.lists(
    some.tuples(some.integers(0, EVERYBODY - 1), some.integers(-40, 40)), max_size=30
)


def columns(rows: list[tuple[int, int]]) -> tuple[np.ndarray, np.ndarray]:
    person, day = zip(*sorted(rows), strict=True) if rows else ((), ())
    return np.array(person, dtype=np.int64), np.array(day, dtype=float)


dates = some.one_of(some.none(), some.integers(-9000, 20000))


@settings(max_examples=60, deadline=None)
@given(some.lists(some.tuples(some.integers(0, 2), dates, dates)), some.lists(dates, min_size=3))
def test_days_on_the_own_clock_are_those_between_dates(rows, first) -> None:
    person = np.array([p for p, *_ in rows], dtype=np.int32)
    sample, result, zero = (
        np.array([NO_DATE if d is None else d for d in days], dtype=np.int32)
        for days in ([s for _, s, _ in rows], [r for *_, r in rows], first)
    )

    def series(days: np.ndarray) -> pd.Series:
        dated = days.astype("datetime64[D]")
        dated[days == NO_DATE] = np.datetime64("NaT")
        return pd.Series(dated.astype("datetime64[s]"))

    origin = series(zero[person])
    sampled = days_between(origin, series(sample), "day")
    known = days_between(origin, series(result), "day")
    latest = np.where(np.isfinite(known), np.maximum(sampled, known), sampled)
    clock, ordered = own_clock(person, sample, result, zero, False)
    np.testing.assert_array_equal(clock, [sampled, latest])
    pairs = list(zip(person, sampled, strict=True))
    assert ordered == (pairs == sorted(pairs))


def test_months_are_those_of_a_source_without_days() -> None:
    """Thirteen months are 395 days, 12 of them one year, whatever the day of the month."""
    rows = [
        {"p": 0, "sample_date": on(365 + day), "analyte": "pth", "value": 1.0} for day in (3, 40)
    ]
    labs = lab_table(bucket([{}], precision="month", labs=rows))
    assert labs is not None
    assert labs.sampled.tolist() == [365, 395]


def test_rows_in_any_order_are_put_in_that_of_people_and_days() -> None:
    rows = [(1, 5, "pth"), (0, 9, "pth"), (1, 2, "albumin"), (0, 3, "pth"), (0, 9, "albumin")]
    labs = lab_table(
        bucket(
            [{}, {}],
            labs=[
                {"p": p, "sample_date": on(day), "analyte": name, "value": 1.0}
                for p, day, name in rows
            ],
        )
    )
    assert labs is not None
    assert labs.person.tolist() == [0, 0, 0, 1, 1]
    assert labs.sampled.tolist() == [3, 9, 9, 2, 5]
    assert [labs.rows_of(name).tolist() for name in ("pth", "albumin", "calcium")] == [
        [0, 1, 4],
        [2, 3],
        [],
    ]


@given(people_and_days)
def test_order_is_that_of_people_and_days(rows) -> None:
    person = np.array([p for p, _ in rows], dtype=np.int64)
    day = np.array([d for _, d in rows], dtype=float)
    assert in_order(person, day) == (rows == sorted(rows))


@given(some.lists(some.integers(-1, 3)))
def test_groups_of_rows_lie_one_after_the_other(analytes) -> None:
    analyte, group = np.array(analytes, dtype=np.int32), np.array([2, 0, -1, 0])
    size = [np.count_nonzero(np.isin(analyte, of)) for of in ([1, 3], [], [0])]
    (begin, end), zero = spans_of(analyte, group, 3), [0]
    np.testing.assert_array_equal(end, np.cumsum(size))
    np.testing.assert_array_equal(begin, np.cumsum(zero + size[:-1]))


def means_of(analyte, group, person, clock, value) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Where the daily means of each group begin and end (2, groups), their people, and they."""
    spans = spans_of(analyte, group, group.max() + 1)
    owner, out = np.empty(len(analyte), dtype=np.int64), np.empty((3, len(analyte)))
    end = daily(analyte, group, spans, person, clock, value, owner, out)
    return np.stack([spans[0], end]), owner, out


numbers = some.floats(0.01, 3000) | some.just(np.nan) | some.just(np.inf)


@settings(max_examples=100, deadline=None)
@given(people_and_days, some.data())
def test_the_mean_of_a_day_is_that_of_pandas_to_the_bit(rows, data) -> None:
    person, sampled = columns(rows)
    n = len(person)
    late = data.draw(some.lists(some.integers(0, 30), min_size=n, max_size=n))
    value = np.array(data.draw(some.lists(numbers, min_size=n, max_size=n)), dtype=float)
    known = sampled + np.array(late, dtype=float)
    analyte = np.arange(n, dtype=np.int32) % 5 - 1
    group = np.array([2, 0, -1, 0])  # two analytes are of one group, none of group 1
    clock = np.stack([sampled, known]).astype(np.float32)
    spans, owner, means = means_of(analyte, group, person.astype(np.int32), clock, value)
    frame = pd.DataFrame({"p": person, "s": sampled, "k": known, "v": value})
    for g, (low, high) in enumerate(spans.T):
        groups = frame[np.append(group, -1)[analyte] == g].groupby(["p", "s"])
        day, drawn, mean = means[:, low:high]
        np.testing.assert_array_equal(owner[low:high], groups["p"].first())
        np.testing.assert_array_equal(drawn, groups["s"].first())
        np.testing.assert_array_equal(day, groups["k"].max())
        np.testing.assert_array_equal(mean, groups["v"].mean())


def test_a_compensated_sum_keeps_what_a_plain_one_loses() -> None:
    value = np.array([1e16, 1.0, 1.0])
    zeros, clock = np.zeros(3, dtype=np.int32), np.zeros((2, 3), dtype=np.float32)
    spans, _, (_, _, mean) = means_of(zeros, np.array([0]), zeros, clock, value)
    assert spans.tolist() == [[0], [1]]
    assert mean[:1].tolist() == [(1e16 + 2.0) / 3]
    assert (value[0] + value[1]) + value[2] == 1e16


@given(people_and_days, some.data())
def test_a_value_acts_unless_a_newer_sample_was_known(rows, data) -> None:
    person, day = columns(rows)
    ago = data.draw(some.lists(some.integers(0, 20), min_size=len(rows), max_size=len(rows)))
    sampled = day - np.array(ago, dtype=float)
    for i, acting in enumerate(acts(person, day, sampled)):
        before = np.flatnonzero(person[:i] == person[i])
        after = np.flatnonzero((person == person[i]) & (day == day[i]))
        assert acting == (after[-1] == i and not np.any(sampled[before] > sampled[i]))


@given(people_and_days, people_and_days, some.integers(0, 40))
def test_the_last_one_up_to_a_day_is_found_by_a_merge(rows, asked, within) -> None:
    owner, days = columns(rows)
    person, day = columns(asked)
    last = last_within(owner, days, person, day, within)
    for at, p, d in zip(last, person, day, strict=True):
        found = np.flatnonzero((owner == p) & (days <= d))
        assert at == (found[-1] if len(found) and d - days[found[-1]] <= within else -1)


@settings(max_examples=60, deadline=None)
@given(people_and_days, some.lists(some.integers(1, 30), min_size=3, max_size=12), some.data())
def test_people_with_a_value_are_counted_once_a_year(rows, marks, data) -> None:
    """Stays are every second stretch between ``marks``; a year here has 20 days."""
    person, day = columns(rows)
    analyte = np.array(
        data.draw(some.lists(some.integers(-1, 2), min_size=len(rows), max_size=len(rows))),
        dtype=np.int32,
    )
    years = np.arange(-40, 61, 20, dtype=np.int32)
    ends = np.cumsum(marks[: len(marks) // 2 * 2]).astype(float) - 40
    start, stop = np.tile(ends[::2], 2), np.tile(ends[1::2], 2)
    owner = np.repeat(np.array([1, 3]), len(ends) // 2)
    who, when = person.astype(np.int32), day.astype(np.int32)
    counts = people_with_a_value(
        who, when, day.astype(np.float32), analyte, years, owner, start, stop
    )
    seen = {
        (analyte[i], int(day[i] + 40) // 20, person[i])
        for i in range(len(rows))
        if analyte[i] >= 0 and np.any((owner == person[i]) & (start < day[i]) & (day[i] <= stop))
    }
    for (place, year), n in np.ndenumerate(counts):
        assert n == sum((place, year) == pair[:2] for pair in seen)
    assert counts.sum() == len(seen)


@pytest.mark.parametrize("absent", [True, False])
def test_a_bucket_without_values(absent: bool) -> None:
    labs = lab_table(bucket([{}]) if absent else bucket([{}], labs=[]))
    assert (labs is None) == absent


def test_a_row_of_nobody_is_refused() -> None:
    one = bucket([{}], labs=[{"p": 1, "sample_date": on(3), "analyte": "pth", "value": 1.0}])
    with pytest.raises(IndexError, match="without a patient"):
        lab_table(one)
