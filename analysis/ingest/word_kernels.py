"""Compiled: what became of each record's words, looked up; and which records there were."""

from __future__ import annotations

from numba import types

from analysis.ingest.histogram_kernels import CELLS, PLACE, WIDE, compiled, reads

ROW_BITS = 0xFFFFFFFF


def _look_up(kind: types.Type, code: types.Type):
    return types.void(reads(kind), reads(code), types.Array(kind, 1, "C"))


ANSWERS = (types.uint8, types.uint16, types.int32, types.int64, types.float64)
CODES = (types.uint8, types.uint16, types.uint32)


@compiled([_look_up(kind, code) for kind in ANSWERS for code in CODES])
def look_up(answers, codes, out):
    """``out[i] = answers[codes[i]]``."""
    for i in range(len(codes)):
        out[i] = answers[codes[i]]


def _in_order(number: types.Type, kind: types.Type):
    return types.void(reads(number), reads(types.uint32), types.Array(kind, 1, "C"))


NUMBERS = (types.uint32, types.int64)
NARROWED = (types.uint8, types.uint16, types.uint32, types.int64)


@compiled([_in_order(number, kind) for number in NUMBERS for kind in NARROWED])
def in_order(numbers, order, out):
    """``out[i] = numbers[order[i]]``, in fewer bytes."""
    for i in range(len(order)):
        out[i] = numbers[order[i]]


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
