"""Compiled passes over the rows of any table of a bucket: their records, marks and words.

A row's marks are codes, ``UNMARKED`` for none.
"""

from __future__ import annotations

from numba import types

from analysis.ingest.columns.histogram_kernels import PLACE, WIDE, compiled, reads

UNMARKED = -1
MARKS = types.Array(types.int16, 1, "C")
READ_MARKS = reads(types.int16)
PLACES = types.Array(types.int32, 1, "C")
MARKED = types.Array(types.boolean, 1, "C")
COUNTS = types.Array(types.int64, 1, "C")


@compiled(types.boolean(WIDE, PLACE))
def one_by_one(file, record):
    """Whether rows stand in the order of files and records, one row a record."""
    for i in range(1, len(file)):
        if file[i] < file[i - 1] or (file[i] == file[i - 1] and record[i] <= record[i - 1]):
            return False
    return True


@compiled(types.int64(PLACES, READ_MARKS, READ_MARKS))
def keep_unmarked(rows, first, second):
    """Put those of ``rows`` that have neither mark first, in their order; how many these are."""
    kept = 0
    for i in rows:
        if first[i] == UNMARKED and second[i] == UNMARKED:
            rows[kept] = i
            kept += 1
    return kept


@compiled(types.void(WIDE, WIDE, READ_MARKS, READ_MARKS, READ_MARKS, PLACE, COUNTS))
def count_marks(rows, word, first, second, third, sizes, counts):
    """``counts[word, first + 1, second + 1, third + 1]`` of ``rows``, in C order of ``sizes``."""
    for i in rows:
        at = word[i] * sizes[0] + first[i] + 1
        at = (at * sizes[1] + second[i] + 1) * sizes[2] + third[i] + 1
        counts[at] += 1


@compiled(types.void(WIDE, MARKED))
def mark_there(codes, there):
    """True in ``there`` for each code; its last place is for -1."""
    for code in codes:
        there[code] = True


@compiled(types.void(WIDE, WIDE, PLACES))
def renumber(codes, numbers, renumbered):
    """The number of each code; that of -1 is the last."""
    for i in range(len(codes)):
        renumbered[i] = numbers[codes[i]]
