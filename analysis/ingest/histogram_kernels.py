"""Compiled counting of laboratory values: one pass over the rows, into a table of cells.

A cell is one number; a table is two arrays, the cells (``EMPTY`` where there is none) and how many
rows are in each, as many places as a power of two. A cell stands at the first free place from where
its hash points (Knuth 1973, 6.4, linear probing). A table is never more than half full: who finds
it so stops, and goes on in a larger one.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit, types
from numba.extending import register_jitable

EMPTY = -1
NO_CODE = 255  # of a column of words: an empty cell
GOLDEN = np.uint64(11400714819323198485)  # 2**64 / golden ratio (Knuth 1973, 6.4)


def _reads(kind: types.Type, dimensions: int = 1) -> types.Array:
    """Arrays that may be lent by someone else, and are not written to."""
    return types.Array(kind, dimensions, "C", readonly=True)


CODE, WIDE, PLACE = _reads(types.uint8), _reads(types.int32), _reads(types.int64)
REAL, FACTORS = _reads(types.float64), _reads(types.float64, 2)
TABLE = types.Array(types.int64, 1, "C")


def compiled(signature: Any):
    """Compile now, for this signature, into the cache."""
    return njit(signature, cache=True, nogil=True, fastmath=False, error_model="numpy")


@register_jitable
def _place(cells, cell):
    """Where ``cell`` stands in a table, or would stand."""
    last = len(cells) - 1
    mixed = np.uint64(cell) * GOLDEN
    at = np.int64(mixed >> np.uint64(20)) & last
    while cells[at] != EMPTY and cells[at] != cell:
        at = (at + 1) & last
    return at


@compiled(types.int64(TABLE, TABLE, PLACE, PLACE))
def add_cells(cells, counts, new, n):
    """Add ``n`` rows to each of the ``new`` cells, for which there is room; the cells that are new.

    ``counts[place(c)] += n`` for each ``c``.
    """
    found = 0
    for i in range(len(new)):
        at = _place(cells, new[i])
        found += cells[at] == EMPTY
        cells[at] = new[i]
        counts[at] += n[i]
    return found


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
def _size(value, per_octave, none):
    """``floor(per_octave log2(value))``, no further from 0 than ``none``; that for 0 or less."""
    if not value > 0:
        return none
    size = np.floor(per_octave * np.log2(value))
    return np.int64(min(max(size, none + 1.0), -none - 1.0))


WORDS = types.Tuple((PLACE, PLACE, PLACE))
COLUMNS = (CODE, CODE, CODE, CODE, WIDE, WIDE, REAL)
STOPPED = types.Tuple((types.int64, types.int64))


@compiled(STOPPED(TABLE, TABLE, types.int64, types.int64, *COLUMNS, WORDS, FACTORS, PLACE, PLACE))
def count_values(  # noqa: PLR0913
    cells, counts, used, first, analyte, unit, bound, out, centre, day, value,
    places, factors, space, scale
):  # fmt: skip
    """Count rows from ``first`` on; where it stopped, and how many cells are used.

    ``analyte, unit`` are codes into ``factors`` (NaN: the unit is not one of the analyte's),
    ``centre`` −1 for none, ``bound`` 0 for a plain value, ``out`` 0 for a row that counts.
    ``places``: of each word of centre, analyte, unit, its number in all batches. ``space``: how
    many centres, analytes, quarters, units and sizes there may be; ``scale``: sizes an octave, and
    the size that stands for none. The cell of a row is its place in that space, in C order.
    """
    most = len(cells) // 2
    centres, analytes, units = places
    none = scale[1]
    for i in range(first, len(value)):
        if used >= most:
            return i, used
        a, u = analyte[i], unit[i]
        if out[i] or a == NO_CODE or u == NO_CODE or np.isnan(value[i]):
            continue
        factor = factors[a, u]
        if not np.isfinite(factor):
            continue
        size = _size(value[i] * factor, scale[0], none) if bound[i] == 0 else none
        cell = centres[centre[i]] * space[1] + analytes[a]
        cell = cell * space[2] + _quarter(day[i])
        cell = (cell * space[3] + units[u]) * space[4] + size - none
        at = _place(cells, cell)
        used += cells[at] == EMPTY
        cells[at] = cell
        counts[at] += 1
    return len(value), used
