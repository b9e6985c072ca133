"""Compiled: what became of each record's words, looked up; and which records there were."""

from __future__ import annotations

from numba import types

from analysis.ingest.histogram_kernels import CELLS, PLACE, WIDE, compiled, reads

ROW_BITS = 0xFFFFFFFF


def _look_up(kind: types.Type):
    return types.void(reads(kind), reads(types.uint32), types.Array(kind, 1, "C"))


ANSWERS = (types.uint8, types.uint16, types.int32, types.int64, types.float64)


@compiled([_look_up(kind) for kind in ANSWERS])
def look_up(answers, codes, out):
    """``out[i] = answers[codes[i]]``."""
    for i in range(len(codes)):
        out[i] = answers[codes[i]]


@compiled(types.void(WIDE, PLACE, CELLS, CELLS))
def add_records(file, record, counts, sums):
    """Count the records of each ``file``; ``sums`` of number and square, each cut to 32 bits.

    Exact as long as fewer than 2**31 records are added.
    """
    for i in range(len(record)):
        counts[file[i]] += 1
        number = record[i]
        sums[file[i]] += (number & ROW_BITS) + ((number * number) & ROW_BITS)
