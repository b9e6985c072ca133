"""Compiled passes over a bucket's laboratory rows: limits and lifetimes, order, counts.

A row's marks are codes, ``UNMARKED`` for none; the first mark given stays. Days count from
1970-01-01.
"""

from __future__ import annotations

import numpy as np
from numba import types
from numba.extending import register_jitable

from analysis.ingest.histogram_kernels import FACTORS, PLACE, REAL, WIDE, compiled, reads

UNMARKED = -1
DAY_BITS, LEAST_DAY = 28, 2**26
ANALYTE_BITS = 5
MOVES_A_ROW = 32  # rows that have further to go are sorted in another way
MARKS = types.Array(types.int16, 1, "C")
READ_MARKS = reads(types.int16)
PLACES = types.Array(types.int64, 1, "C")
REALS = types.Array(types.float64, 1, "C")
RULES = types.UniTuple(types.int16, 6)


@register_jitable
def _give(marks, row, code):
    if marks[row] == UNMARKED:
        marks[row] = code


@compiled(
    types.void(WIDE, WIDE, WIDE, REAL, REAL, FACTORS, FACTORS, types.int32, RULES,
               MARKS, MARKS, MARKS, REALS)
)  # fmt: skip
def check_rows(  # noqa: PLR0913
    analyte, person, day, value, factor, limits, lives, end, codes, rule, flag, scope, value_si
):
    """``value_si = value × factor`` of each row, and the marks that follow, in this order.

    ``limits``: hard low and high, soft low and high of each analyte, the last row for none;
    ``lives``: birth and death of each person, NaN for not known, the last row for none; ``end``:
    last day of data. ``codes``: of the rules beyond hard limits, unknown person, after death,
    before birth; of the flag beyond soft limits; of the scope after the end. A row out of scope
    breaks none of these rules; a limit or a date that is not known is not broken.
    """
    outside, unknown, dead, unborn, unusual, late = codes
    for i in range(len(value)):
        si = value[i] * factor[i]
        value_si[i] = si
        within = limits[analyte[i]]
        inside = scope[i] == UNMARKED
        if inside and (si < within[0] or si > within[1]):
            _give(rule, i, outside)
        if si < within[2] or si > within[3]:
            _give(flag, i, unusual)
        if rule[i] == UNMARKED and day[i] > end:
            _give(scope, i, late)
        if inside and person[i] < 0:
            _give(rule, i, unknown)
        if inside and day[i] > lives[person[i], 1]:
            _give(rule, i, dead)
        if inside and day[i] < lives[person[i], 0]:
            _give(rule, i, unborn)


@register_jitable
def _key(day, analyte, row):
    return ((np.int64(day[row]) + LEAST_DAY) << ANALYTE_BITS) | analyte[row]


@compiled(types.int64(PLACE, WIDE, WIDE, WIDE, PLACES, PLACES))
def order_rows(rows, person, day, analyte, starts, order):
    """Put ``rows`` in the order of person, day and analyte; equals stay as they come.

    ``starts``: zeros, a place a person and one more, for work. By counting, then by insertion: rows
    of a person mostly come in order. Returns how many of the places in ``order`` are filled: fewer
    than there are rows where insertion would take too long.
    """
    for i in rows:
        starts[person[i] + 1] += 1
    for p in range(1, len(starts)):
        starts[p] += starts[p - 1]
    for i in rows:
        order[starts[person[i]]] = i
        starts[person[i]] += 1
    left = MOVES_A_ROW * len(rows)
    first = 0
    for place in range(len(rows)):
        row = order[place]
        if place and person[order[place - 1]] != person[row]:
            first = place
        key = _key(day, analyte, row)
        at = place
        while at > first and _key(day, analyte, order[at - 1]) > key:
            order[at] = order[at - 1]
            at -= 1
        order[at] = row
        left -= place - at
        if left < 0:
            return place
    return len(rows)


@compiled(types.int64(PLACE, WIDE, WIDE, WIDE, types.Array(types.uint8, 1, "C")))
def mark_several(order, person, day, analyte, several):
    """1 in ``several`` for rows, in ``order``, that share person, day and analyte; how many."""
    found = 0
    for place in range(1, len(order)):
        one, other = order[place - 1], order[place]
        if (
            person[one] == person[other]
            and day[one] == day[other]
            and analyte[one] == analyte[other]
        ):
            found += 2 - several[place - 1]
            several[place - 1] = several[place] = 1
    return found


@compiled(types.void(PLACE, WIDE, READ_MARKS, READ_MARKS, READ_MARKS, PLACE, PLACES))
def count_marks(rows, word, first, second, third, sizes, counts):
    """``counts[word, first + 1, second + 1, third + 1]`` of ``rows``, in C order of ``sizes``."""
    for i in rows:
        at = np.int64(word[i]) * sizes[0] + first[i] + 1
        at = (at * sizes[1] + second[i] + 1) * sizes[2] + third[i] + 1
        counts[at] += 1
