"""Compiled: the cell of the histogram that each laboratory value is in; how often each occurs."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit, types
from numba.extending import register_jitable

NO_CODE = 255  # of a column of words: an empty cell
FREE = -1  # a row that no cell has taken
NEAR = 4  # low bits of a cell that its hash leaves as they are
DIGIT_BITS = 52
DIGITS = 2**DIGIT_BITS - 1  # of them the bits after ``1.``
HASH = 0x9E3779B97F4A7C15 - 2**64  # 2**64 / golden ratio, as 64 bits with a sign


def reads(kind: types.Type, dimensions: int = 1) -> types.Array:
    """Arrays that may be lent by someone else, and are not written to."""
    return types.Array(kind, dimensions, "C", readonly=True)


CODE, WIDE, PLACE = reads(types.uint8), reads(types.int32), reads(types.int64)
REAL, FACTORS = reads(types.float64), reads(types.float64, 2)
CELLS = types.Array(types.int64, 1, "C")


def compiled(signature: Any):
    """Compile now, for this signature, into the cache."""
    return njit(signature, cache=True, nogil=True, fastmath=False, error_model="numpy")


@register_jitable
def _quarter(day):
    """4 × year + 0..3 of days since 1970-01-01 (Hinnant 2013, days to civil)."""
    z = np.int64(day) + 719468
    era = z // 146097
    of_era = z - era * 146097
    year = (of_era - of_era // 1460 + of_era // 36524 - of_era // 146096) // 365
    of_year = of_era - (365 * year + year // 4 - year // 100)
    month = (5 * of_year + 2) // 153  # from March
    january = month >= 10
    return 4 * (year + era * 400 + january) + (month + 2) % 12 // 3


@register_jitable
def _size(value, steps, none):
    """``floor(len(steps) log2(value))``, no further from 0 than ``none``; that for 0 or less.

    ``steps``: the digits of ``2**(j / len(steps))``, j from 0. The bits of a double are its sign,
    an exponent of 2 (plus 1023) and the digits after ``1.``; what is too small for that form is
    smaller than any size here.
    """
    if not value > 0:
        return none
    bits = np.float64(value).view(np.int64)
    digits = bits & DIGITS
    reached = 0
    for j in range(1, len(steps)):
        reached += digits >= steps[j]
    size = ((bits >> DIGIT_BITS) - 1023) * len(steps) + reached
    return min(max(size, none + 1), -none - 1)


PLACES_OF_WORDS = types.UniTuple(PLACE, 3)
CODES = types.UniTuple(reads(types.uint32), 7)
WORDS = types.Tuple((CODE, CODE, CODE, CODE, WIDE, WIDE, REAL))


@compiled(types.int64(CODES, WORDS, CODE, PLACES_OF_WORDS, FACTORS, PLACE, PLACE, CELLS))
def value_cells(codes, words, marked, places, factors, space, steps, cells):  # noqa: PLR0913
    """Fill ``cells`` with those of the rows that count, in their order; how many these are.

    Columns, each as ``words`` and for every row one of the ``codes`` of these: analyte and unit,
    codes of ``factors`` (NaN: the unit is not one of the analyte's); whether a value is a bound;
    whether it was taken after a session; centre, −1 for none; day; value. ``marked``: 0 for a row
    that counts. ``places``: of each word of centre, analyte, unit, its number in all batches.
    ``space``: how many centres, analytes, quarters, units and sizes there may be, and the size that
    stands for none; ``steps`` of a size within an octave. The cell of a row is its place in that
    space, in C order.
    """
    analytes, units, bounds, after, centre, days, values = words
    none = space[5]
    found = 0
    last = np.int32(0)
    quarter = _quarter(last)
    for i in range(len(marked)):
        value = values[codes[6][i]]
        a, u = analytes[codes[0][i]], units[codes[1][i]]
        if np.isnan(value) or marked[i] or after[codes[3][i]] or a == NO_CODE or u == NO_CODE:
            continue
        factor = factors[a, u]
        if not np.isfinite(factor):
            continue
        size = _size(value * factor, steps, none) if bounds[codes[2][i]] == 0 else none
        cell = places[0][centre[codes[4][i]]] * space[1] + places[1][a]
        day = days[codes[5][i]]
        if day != last:  # samples of a person and day follow each other
            last = day
            quarter = _quarter(last)
        cell = cell * space[2] + quarter
        cells[found] = (cell * space[3] + places[2][u]) * space[4] + size - none
        found += 1
    return found


@compiled(types.boolean(PLACE, types.Array(types.int64, 2, "C")))
def count_cells(cells, table):
    """Count equal ``cells`` (0 or more): a row of ``table`` holds one, and how often it stands.

    ``table``: ``(FREE, 0)`` in each row, a power of two of them. A cell stands in the row that its
    hash gives, or in the next one free (Knuth 1973, 6.4); cells of like size stay together, since
    most values of a centre are of few sizes. False where more than half the rows would be taken;
    then what was counted is of no use.
    """
    last = len(table) - 1
    free = len(table) // 2
    for cell in cells:
        at = ((((cell >> NEAR) * HASH) >> 40 << NEAR) + (cell & (2**NEAR - 1))) & last
        while table[at, 0] != cell:
            if table[at, 0] == FREE:
                if free == 0:
                    return False
                free -= 1
                table[at, 0] = cell
                break
            at = (at + 1) & last
        table[at, 1] += 1
    return True
