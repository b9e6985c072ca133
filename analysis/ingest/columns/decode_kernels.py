"""Compiled: what became of each record's words, looked up; and which records there were."""

from __future__ import annotations

from numba import types

from analysis.ingest.columns.histogram_kernels import CELLS, PLACE, WIDE, compiled, reads

ROW_BITS = 0xFFFFFFFF


def _look_up(answer: types.Type, code: types.Type, kind: types.Type):
    return types.void(reads(answer), reads(code), types.Array(kind, 1, "C"))


ANSWERS = (types.uint8, types.uint16, types.int32, types.int64, types.float64)
CODES = (types.uint8, types.uint16, types.uint32)
PUT_IN_ORDER = [  # codes and record numbers, in as few bytes as they need
    *(_look_up(types.uint32, types.uint32, kind) for kind in CODES),
    *(_look_up(types.int64, types.uint32, kind) for kind in CODES),
]


@compiled([_look_up(kind, code, kind) for kind in ANSWERS for code in CODES] + PUT_IN_ORDER)
def look_up(answers, codes, out):
    """``out[i] = answers[codes[i]]``, perhaps in fewer bytes."""
    for i in range(len(codes)):
        out[i] = answers[codes[i]]


@compiled(types.void(reads(types.uint16), CELLS, types.Array(types.uint32, 1, "C")))
def order_buckets(bucket, starts, order):
    """Put rows in the order of their ``bucket``; equals stay as they come.

    ``starts``: where each bucket begins in ``order``; not so any more after it.
    """
    for row in range(len(bucket)):
        order[starts[bucket[row]]] = row
        starts[bucket[row]] += 1


@compiled(types.void(WIDE, PLACE, CELLS, CELLS))
def add_records(file, record, counts, sums):
    """Count the records of each ``file``; ``sums`` of number and square, each cut to 32 bits.

    Exact as long as fewer than 2**31 records are added.
    """
    for i in range(len(record)):
        counts[file[i]] += 1
        number = record[i]
        sums[file[i]] += (number & ROW_BITS) + ((number * number) & ROW_BITS)
