"""Compiled passes over a bucket's laboratory rows: units, limits and lifetimes; their order.

A row's marks are codes, ``UNMARKED`` for none; the first mark given stays. Days count from
1970-01-01.
"""

from __future__ import annotations

import numpy as np
from numba import types
from numba.extending import register_jitable

from analysis.ingest.columns.histogram_kernels import FACTORS, PLACE, REAL, WIDE, compiled
from analysis.ingest.columns.row_kernels import MARKS, PLACES, READ_MARKS, UNMARKED

DAY_BITS, LEAST_DAY = 28, 2**26
ANALYTE_BITS, UNIT_BITS = 5, 9
MOVES_A_ROW = 32  # rows that have further to go are sorted in another way
REALS = types.Array(types.float64, 1, "C")
RULES = types.UniTuple(types.int16, 9)
LOOKED_AT = types.Array(types.boolean, 2, "C", readonly=True)


@compiled(types.void(WIDE, WIDE, READ_MARKS, WIDE, LOOKED_AT, PLACE, PLACE, PLACES))
def find_verdicts(  # noqa: PLR0913
    centre, analyte, unit, day, looked_at, starts, ends, verdict
):
    """Fill ``verdict`` with the place of the one on each row's unit, -1 where there is none.

    ``looked_at``: whether there is any on a centre (the first for none) and analyte. A verdict is
    on keys from ``starts`` (ascending) to before ``ends``: centre, analyte, unit and day as one
    number.
    """
    for i in range(len(day)):
        verdict[i] = -1
        if analyte[i] < 0 or unit[i] < 0 or not looked_at[centre[i] + 1, analyte[i]]:
            continue
        series = np.int64(centre[i] + 1) * looked_at.shape[1] + analyte[i]
        key = (((series << UNIT_BITS) + unit[i]) << DAY_BITS) + day[i] + LEAST_DAY
        at = np.searchsorted(starts, key, side="right") - 1
        if at >= 0 and key < ends[at]:
            verdict[i] = at


@register_jitable
def _give(marks, row, code, breaks):
    if breaks and marks[row] == UNMARKED:
        marks[row] = code


@compiled(
    types.void(WIDE, READ_MARKS, WIDE, WIDE, REAL, WIDE, FACTORS, REAL, READ_MARKS, FACTORS,
               FACTORS, types.int32, RULES, MARKS, MARKS, MARKS, MARKS, REALS)
)  # fmt: skip
def check_rows(  # noqa: PLR0913
    analyte, unit, person, day, value, verdict, factors, truths, units, limits, lives, end, codes,
    rule, flag, scope, resolved, value_si
):  # fmt: skip
    """``value_si = value × factor`` of each row, and the marks that follow, in this order.

    ``factors`` of analyte and unit, NaN where the unit is not one of the analyte's, the last of
    each for none; ``truths`` and ``units``: the factor of each verdict, NaN where no unit fits, and
    what a row is marked by in ``resolved``. ``limits``: hard low and high, soft low and high of
    each analyte, the last row for none; ``lives``: birth and death of each person, NaN for not
    known, the last row for none; ``end``: last day of data. ``codes``: of the rules unknown unit,
    no unit fits, beyond hard limits, unknown person, after death, before birth; of the flags
    resolved unit, beyond soft limits; of the scope after the end. A row out of scope breaks none of
    these rules; a limit or a date that is not known is not broken.
    """
    no_factor, unfit, outside, unknown, dead, unborn, converted, unusual, late = codes
    for i in range(len(value)):
        inside = scope[i] == UNMARKED
        factor = factors[analyte[i], unit[i]]
        _give(rule, i, no_factor, inside and np.isnan(factor))
        if verdict[i] >= 0:
            truth = truths[verdict[i]]
            _give(rule, i, unfit, inside and np.isnan(truth))
            _give(flag, i, converted, not np.isnan(truth))
            _give(resolved, i, units[verdict[i]], True)
            factor = factor if np.isnan(truth) else truth
        si = value[i] * factor
        value_si[i] = si
        within = limits[analyte[i]]
        _give(rule, i, outside, inside and (si < within[0] or si > within[1]))
        _give(flag, i, unusual, si < within[2] or si > within[3])
        _give(scope, i, late, rule[i] == UNMARKED and day[i] > end)
        _give(rule, i, unknown, inside and person[i] < 0)
        _give(rule, i, dead, inside and day[i] > lives[person[i], 1])
        _give(rule, i, unborn, inside and day[i] < lives[person[i], 0])


@register_jitable
def _key(day, analyte, row):
    return ((np.int64(day[row]) + LEAST_DAY) << ANALYTE_BITS) | analyte[row]


@compiled(types.int64(WIDE, WIDE, WIDE, WIDE, PLACES, PLACES))
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


@compiled(types.int64(WIDE, WIDE, WIDE, WIDE, types.Array(types.uint8, 1, "C")))
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
