"""Compiled passes over laboratory rows against loops that say what is meant."""

from __future__ import annotations

import math
from collections import Counter
from datetime import date, timedelta

import numpy as np
import pytest

from analysis.ingest.columns.decode_kernels import add_records, look_up, order_buckets
from analysis.ingest.columns.histogram_kernels import FREE, count_cells, value_cells
from analysis.ingest.columns.row_kernels import UNMARKED, count_marks
from analysis.ingest.second_pass import lab_kernels
from analysis.ingest.second_pass.lab_kernels import check_rows, mark_several, order_rows
from analysis.ingest.units import centre_units as laboratory

RNG = np.random.default_rng(20261129)
CODES = NO_FACTOR, UNFIT, OUTSIDE, UNKNOWN, DEAD, UNBORN, RESOLVED, UNUSUAL, LATE = tuple(range(9))


def marked(n: int, share: float) -> np.ndarray:
    return np.where(RNG.random(n) < share, 9, UNMARKED).astype(np.int16)


def test_marks_of_a_row_in_their_order() -> None:
    n, people, end = 3_000, 20, 90
    analyte = RNG.integers(-1, 3, n).astype(np.int32)
    person = RNG.integers(-1, people, n).astype(np.int32)
    day = RNG.integers(-10, 110, n).astype(np.int32)
    value = np.where(RNG.random(n) < 0.05, np.nan, RNG.gamma(2.0, 3.0, n))
    unit = RNG.integers(-1, 2, n).astype(np.int16)
    factors = np.array([[1, 2, np.nan]] * 3 + [[np.nan] * 3])
    verdict = RNG.choice([-1, -1, -1, 0, 1], n).astype(np.int32)
    truths, units = np.array([np.nan, 1.5]), np.array([UNMARKED, 7], dtype=np.int16)
    truth = marked(n, 0)
    nothing = np.full((1, 4), np.nan)
    limits = np.concatenate([np.array([[1, 20, 2, 9.0], [0, 9, 1, 8], [2, 30, 3, 4]]), nothing])
    lives = np.where(
        RNG.random((people + 1, 2)) < 0.4, np.nan, RNG.integers(0, 100, (people + 1, 2))
    )
    lives[-1] = np.nan
    rule, flag, scope = (marked(n, share) for share in (0.1, 0.1, 0.1))
    given = [marks.copy() for marks in (rule, flag, scope)]
    si = np.empty(n)
    columns = (analyte, unit, person, day, value, verdict)
    judged = (factors, truths, units, limits, lives, end)
    check_rows(*columns, *judged, CODES, rule, flag, scope, truth, si)
    factor = factors[analyte, unit]
    resolved = verdict == 1
    np.testing.assert_array_equal(truth, np.where(resolved, 7, UNMARKED))
    np.testing.assert_array_equal(si, value * np.where(resolved, 1.5, factor))
    seen: Counter = Counter()
    for i in range(n):
        low, high, soft_low, soft_high = limits[analyte[i]]
        birth, death = lives[person[i]]
        broken = [
            (math.isnan(factor[i]), NO_FACTOR),
            (verdict[i] == 0, UNFIT),
            (not low <= si[i] <= high and not math.isnan(low + si[i]), OUTSIDE),
            (person[i] < 0, UNKNOWN),
            (day[i] > death, DEAD),
            (day[i] < birth, UNBORN),
        ]
        own = given[0][i]
        out_of_scope = given[2][i] != UNMARKED
        expected = own
        if own == UNMARKED and not out_of_scope:
            # what is late is out of scope and still tested against the person's lifetime
            expected = next((code for breaks, code in broken if breaks), UNMARKED)
        assert rule[i] == expected
        sound = own == UNMARKED and not any(breaks for breaks, _ in broken[:3])
        late = day[i] > end and sound
        assert scope[i] == (given[2][i] if out_of_scope else LATE if late else UNMARKED)
        odd = si[i] < soft_low or si[i] > soft_high
        named = RESOLVED if resolved[i] else UNUSUAL if odd else UNMARKED
        assert flag[i] == (given[1][i] if given[1][i] != UNMARKED else named)
        seen.update([("rule", int(rule[i])), ("scope", int(scope[i])), ("flag", int(flag[i]))])
    assert {("rule", code) for code in range(NO_FACTOR, RESOLVED)} <= set(seen)
    assert ("scope", LATE) in seen and {("flag", RESOLVED), ("flag", UNUSUAL)} <= set(seen)


def rows_of_people(n: int, *, reverse: bool = False) -> tuple[np.ndarray, ...]:
    person = RNG.integers(0, 9, n).astype(np.int32)
    day = np.sort(RNG.integers(-400, 400, n)).astype(np.int32)
    analyte = RNG.integers(0, 5, n).astype(np.int32)
    return person, day[::-1].copy() if reverse else day, analyte


def some_rows(n: int, share: float) -> np.ndarray:
    return np.flatnonzero(RNG.random(n) < share).astype(np.int32)


@pytest.mark.parametrize("n", [0, 1, 2, 700])
def test_rows_in_the_order_of_person_day_and_analyte_equals_as_they_come(n: int) -> None:
    person, day, analyte = rows_of_people(n)
    rows = some_rows(n, 0.9)
    order = np.empty(len(rows), dtype=np.int32)
    starts = np.zeros(10, dtype=np.int32)
    assert order_rows(rows, person, day, analyte, starts, order) == len(rows)
    assert order.tolist() == sorted(rows.tolist(), key=lambda i: (person[i], day[i], analyte[i]))
    several = np.zeros(len(order), dtype=np.uint8)
    found = mark_several(order, person, day, analyte, several)
    keys = [(person[i], day[i], analyte[i]) for i in order]
    count = Counter(keys)
    assert several.tolist() == [int(count[key] > 1) for key in keys]
    assert found == several.sum()


def test_rows_that_have_far_to_go_are_left_to_a_sort() -> None:
    person, day, analyte = rows_of_people(2_000, reverse=True)
    rows = some_rows(2_000, 1)
    order = np.empty(2_000, dtype=np.int32)
    done = order_rows(rows, person, day, analyte, np.zeros(10, dtype=np.int32), order)
    assert done < 2_000
    assert lab_kernels.MOVES_A_ROW * 2_000 < 2_000 * 1_000 / 9 / 2


def test_marks_are_counted_by_combination() -> None:
    n = 500
    word = RNG.integers(0, 2, n).astype(np.int32)
    marks = [RNG.integers(-1, size, n).astype(np.int16) for size in (3, 2, 1)]
    rows = some_rows(n, 0.8)
    sizes = np.array([4, 3, 2])
    counts = np.zeros(2 * 4 * 3 * 2, dtype=np.int64)
    count_marks(rows, word, *marks, sizes, counts)
    expected = Counter((word[i], *(mark[i] + 1 for mark in marks)) for i in rows)
    for key, found in np.ndenumerate(counts.reshape(2, 4, 3, 2)):
        assert found == expected[key]


def test_a_day_is_in_its_quarter() -> None:
    days = np.arange(-200_000, 200_000, 13).astype(np.int32)
    n = len(days)
    zeros, ones = np.zeros(n, dtype=np.uint8), np.ones(n)
    places = tuple(np.zeros(1, dtype=np.int64) for _ in range(3))
    cells = np.empty(n, dtype=np.int64)
    space = np.array([1, 1, 2**16, 1, 2**11, laboratory.NO_BIN])
    centre = np.zeros(n, dtype=np.int32)
    columns = (zeros, zeros, zeros, zeros, centre, days, ones)
    codes = (np.arange(n, dtype=np.uint32),) * 7
    factors = np.ones((1, 1))
    found = value_cells(codes, columns, zeros, places, factors, space, laboratory.STEPS, cells)
    assert found == n
    quarter = cells // 2**11
    for place in range(0, n, 7):
        on = date(1970, 1, 1) + timedelta(days=int(days[place]))
        assert quarter[place] == 4 * on.year + (on.month - 1) // 3


def test_a_value_is_of_the_size_that_its_logarithm_says() -> None:
    n = 4_000
    values = np.concatenate(
        [
            np.exp(RNG.uniform(-40, 40, n)),
            2.0 ** np.arange(-100, 101),
            np.nextafter(2.0 ** np.arange(-100, 101), 0),
            [0.0, -1.0, 5e-324, 1e-310, 1.7e308, np.inf],
        ]
    )
    n = len(values)
    zeros, places = np.zeros(n, dtype=np.uint8), (np.zeros(1, dtype=np.int64),) * 3
    centre = np.zeros(n, dtype=np.int32)
    cells = np.empty(n, dtype=np.int64)
    columns = (zeros, zeros, zeros, zeros, centre, centre, values)
    codes = (np.arange(n, dtype=np.uint32),) * 7
    space = np.array([1, 1, 2**16, 1, 2**11, laboratory.NO_BIN])
    factors = np.ones((1, 1))
    assert n == value_cells(codes, columns, zeros, places, factors, space, laboratory.STEPS, cells)
    found = cells % 2**11 + laboratory.NO_BIN
    mantissa, exponent = np.frexp(values)
    steps = 2.0 ** (np.arange(8) / 8 - 1)
    expected = 8 * (exponent - 1) + (mantissa[:, None] >= steps).sum(axis=1) - 1
    expected[np.isinf(values)] = 8 * 1024
    inside = np.clip(expected, laboratory.NO_BIN + 1, -laboratory.NO_BIN - 1)
    assert found.tolist() == np.where(values > 0, inside, laboratory.NO_BIN).tolist()


def test_a_value_counts_by_the_words_of_its_row() -> None:
    analyte = np.array([0, 1, laboratory.NO_CODE], dtype=np.uint8)
    unit = np.array([0], dtype=np.uint8)
    bound = np.array([0, 1], dtype=np.uint8)
    after = np.array([0, 1], dtype=np.uint8)
    centre, day = np.array([-1, 0], dtype=np.int32), np.array([0, 95], dtype=np.int32)
    value = np.array([1.0, np.nan, 4.0])
    rows = [  # analyte, unit, bound, after, centre, day, value; what becomes of it
        ((0, 0, 0, 0, 1, 0, 0), (0, 0, 1970 * 4, 0)),
        ((1, 0, 0, 0, 0, 1, 2), (1, 1, 1970 * 4 + 1, 17)),
        ((1, 0, 1, 0, 1, 0, 2), (0, 1, 1970 * 4, laboratory.NO_BIN)),
        ((2, 0, 0, 0, 1, 0, 0), None),
        ((0, 0, 0, 1, 1, 0, 0), None),
        ((0, 0, 0, 0, 1, 0, 1), None),
    ]
    codes = tuple(
        np.array(column, dtype=np.uint32) for column in zip(*(r for r, _ in rows), strict=True)
    )
    cells = np.empty(len(rows) + 1, dtype=np.int64)
    places = (np.array([0, 1]), np.array([0, 1]), np.array([0]))
    space = np.array([2, 2, 2**16, 1, 2**11, laboratory.NO_BIN])
    factors = np.array([[1.0], [1.1]])
    marked = np.zeros(len(rows), dtype=np.uint8)
    columns = (analyte, unit, bound, after, centre, day, value)
    n = value_cells(codes, columns, marked, places, factors, space, laboratory.STEPS, cells)
    found = zip(*np.unravel_index(cells[:n], (2, 2, 2**16, 1, 2**11)), strict=True)
    kept = [(c, a, q, size + laboratory.NO_BIN) for c, a, q, _, size in found]
    assert kept == [expected for _, expected in rows if expected]


@pytest.mark.parametrize("kind", [np.uint8, np.uint16, np.uint32])
def test_rows_are_put_in_the_order_of_buckets(kind: type) -> None:
    bucket = RNG.integers(0, 5, 1_000).astype(np.uint16)
    counts = np.bincount(bucket)
    order = np.empty(1_000, dtype=np.uint32)
    order_buckets(bucket, np.cumsum(counts) - counts, order)
    assert order.tolist() == np.argsort(bucket, kind="stable").tolist()
    numbers = RNG.integers(0, 200, 1_000).astype(np.uint32)
    out = np.empty(1_000, dtype=kind)
    look_up(numbers, order, out)
    assert out.tolist() == numbers[order].tolist()


@pytest.mark.parametrize("spread", [3, 200, 2**40])
def test_equal_cells_are_counted_once(spread: int) -> None:
    cells = RNG.integers(0, spread, 5_000)
    expected = Counter(cells.tolist())
    found, counts = laboratory._counted(cells)
    assert dict(zip(found.tolist(), counts.tolist(), strict=True)) == expected
    assert len(found) == len(expected)


def test_more_cells_than_half_the_rows_are_not_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    table = np.repeat(np.array([[FREE, 0]]), 8, axis=0)
    assert count_cells(np.array([16, 32, 48, 64, 16]), table)
    assert sorted(map(tuple, table[table[:, 0] != FREE].tolist())) == [
        (16, 2), (32, 1), (48, 1), (64, 1),
    ]  # fmt: skip
    table = np.repeat(np.array([[FREE, 0]]), 8, axis=0)
    assert not count_cells(np.array([16, 32, 48, 64, 80]), table)
    monkeypatch.setattr(laboratory, "FEW_CELLS", 8)
    assert sorted(laboratory._counted(np.arange(100))[0].tolist()) == list(range(100))


def test_records_are_counted_by_file_with_sums_that_say_which() -> None:
    file = RNG.integers(0, 3, 400).astype(np.int32)
    record = RNG.integers(1, 2**40, 400)
    counts, sums = np.zeros(3, dtype=np.int64), np.zeros(3, dtype=np.int64)
    add_records(file, record, counts, sums)
    for one in range(3):
        numbers = [int(n) for n in record[file == one]]
        assert counts[one] == len(numbers)
        assert sums[one] == sum((n & 0xFFFFFFFF) + (n * n & 0xFFFFFFFF) for n in numbers)


def test_answers_are_looked_up() -> None:
    codes = np.array([2, 0, 1, 2], dtype=np.uint32)
    for kind in (np.uint8, np.uint16, np.int32, np.int64, np.float64):
        out = np.empty(4, dtype=kind)
        look_up(np.array([5, 6, 7], dtype=kind), codes, out)
        assert out.tolist() == [7, 5, 6, 7]
