"""Days outside a person's coverage, against a loop over all stretches."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.ingest.second_pass.coverage_kernels import mark_outside

RNG = np.random.default_rng(20261129)


def numbers(least: int, stop: int, n: int) -> np.ndarray:
    return RNG.integers(least, stop, n, dtype=np.int32)


@pytest.mark.parametrize("in_order", [True, False])
def test_a_day_is_outside_if_no_stretch_of_the_person_holds_it(in_order: bool) -> None:
    n, stretches = 2_000, 60
    person, day = numbers(0, 25, n), numbers(-50, 150, n)
    who, start = numbers(3, 22, stretches), numbers(-40, 120, stretches)
    end = start + numbers(0, 60, stretches)
    if in_order:
        order = np.lexsort((day, person))
        person, day = person[order], day[order]
    order = np.lexsort((start, who))
    who, start, end = who[order], start[order], end[order]
    outside = np.zeros(n, dtype=bool)
    mark_outside(person, day, who, start, end, outside)
    inside = (who[None] == person[:, None]) & (start[None] <= day[:, None])
    inside &= day[:, None] < end[None]
    np.testing.assert_array_equal(outside, ~inside.any(axis=1))
    assert 0 < outside.sum() < n


def test_no_rows_and_no_stretches() -> None:
    none = np.zeros(0, dtype=np.int32)
    mark_outside(none, none, none, none, none, np.zeros(0, dtype=bool))
    outside = np.zeros(2, dtype=bool)
    people, days = np.arange(2, dtype=np.int32), np.zeros(2, dtype=np.int32)
    mark_outside(people, days, none, none, none, outside)
    assert outside.all()
