"""Columns of rows that are codes: what each code stands for, looked up.

Rows come in parts, each with answers of its own; they become one column, one part after the other.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from analysis.ingest.columns.decode_kernels import look_up

WordCodes = NDArray[np.unsignedinteger]


def looked_up(answers: Sequence[pa.Array], codes: Sequence[WordCodes]) -> pa.Array:
    """``answers[part][codes[part]]`` of each part, all of one type; an answer may be none."""
    if any(len(of) < len(own) for own, of in zip(answers, codes, strict=True)):
        answers = [own.take(pa.array(of)) for own, of in zip(answers, codes, strict=True)]
        codes = [np.arange(len(of), dtype=np.uint32) for of in codes]
    kind = answers[0].type
    if pa.types.is_dictionary(kind):
        words, places = _by_same_words(answers)
        return pa.DictionaryArray.from_arrays(looked_up(places, codes), words)
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        taken = (own.take(pa.array(of)) for own, of in zip(answers, codes, strict=True))
        return pa.concat_arrays(taken)
    if pa.types.is_date(kind):
        return looked_up([own.cast(pa.int32()) for own in answers], codes).cast(kind)
    rows = sum(map(len, codes))
    if all(own.null_count == len(own) for own in answers):
        return pa.nulls(rows, kind)
    found = looked_up_numbers([plain_numbers(own, 0) for own in answers], codes)
    if not any(own.null_count for own in answers):
        return pa.array(found)
    is_there = [own.is_valid().to_numpy(zero_copy_only=False).view(np.uint8) for own in answers]
    return lent(found, looked_up_numbers(is_there, codes))


def looked_up_numbers(answers: Sequence[NDArray], codes: Sequence[WordCodes]) -> NDArray:
    """As ``looked_up``, of numbers that are all there."""
    out = np.empty(sum(map(len, codes)), dtype=answers[0].dtype)
    first = 0
    for own, places in zip(answers, codes, strict=True):
        look_up(own, places, out[first : first + len(places)])
        first += len(places)
    return out


def plain_numbers(column: pa.Array, missing: float) -> NDArray:
    """The numbers of a column as they lie, not to be written to; ``missing`` for an empty cell."""
    return column.fill_null(missing).to_numpy(zero_copy_only=False)


def lent(numbers: NDArray, is_there: NDArray[np.uint8]) -> pa.Array:
    """The numbers as a column, those that are not there empty; they are lent, not copied."""
    bits = np.packbits(is_there, bitorder="little")
    buffers = [pa.py_buffer(bits), pa.py_buffer(numbers)]
    return pa.Array.from_buffers(pa.from_numpy_dtype(numbers.dtype), len(numbers), buffers)


def _by_same_words(answers: Sequence[pa.DictionaryArray]) -> tuple[pa.Array, list[pa.Array]]:
    """The words of all parts, and of each part the places of its answers in them."""
    first = answers[0].dictionary
    if all(own.dictionary.equals(first) for own in answers[1:]):
        return first, [own.indices for own in answers]
    words = pc.unique(pa.chunked_array([own.dictionary for own in answers]))
    return words, [
        pc.index_in(own.dictionary, words).take(own.indices.cast(pa.int32())) for own in answers
    ]
