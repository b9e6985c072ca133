"""Days outside a person's coverage, against a loop over all periods."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.ingest.second_pass.coverage_gaps import Coverage, outside_coverage

RNG = np.random.default_rng(20261129)


def numbers(least: int, stop: int, n: int) -> np.ndarray:
    return RNG.integers(least, stop, n, dtype=np.int32)


@pytest.mark.parametrize("in_order", [True, False])
def test_a_day_is_outside_if_no_period_of_the_person_holds_it(in_order: bool) -> None:
    n, periods = 2_000, 60
    person, day = numbers(0, 25, n), numbers(-50, 150, n)
    who, start = numbers(3, 22, periods), numbers(-40, 120, periods)
    end = start + numbers(0, 60, periods)
    if in_order:
        order = np.lexsort((day, person))
        person, day = person[order], day[order]
    order = np.lexsort((start, who))
    who, start, end = who[order], start[order], end[order]
    outside = outside_coverage(person, day, Coverage(who, start, end))
    inside = (who[None] == person[:, None]) & (start[None] <= day[:, None])
    inside &= day[:, None] < end[None]
    np.testing.assert_array_equal(outside, ~inside.any(axis=1))
    assert 0 < outside.sum() < n


def test_no_rows_and_no_periods() -> None:
    none = np.zeros(0, dtype=np.int32)
    assert len(outside_coverage(none, none, Coverage(none, none, none))) == 0
    people, days = np.arange(2, dtype=np.int32), np.zeros(2, dtype=np.int32)
    assert outside_coverage(people, days, Coverage(none, none, none)).all()
