"""Columns of few words, as codes and back; records one by one."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as some

from analysis.ingest.columns.encoded_columns import (
    text_ranks,
    word_codes,
    words_by_text,
    words_there,
)
from analysis.ingest.columns.row_kernels import keep_unmarked, one_by_one

WORDS = ["b", "\u00e9", "", "B", "a"]
cells = some.lists(some.one_of(some.none(), some.sampled_from(WORDS)))
places = some.lists(some.tuples(some.integers(0, 2), some.integers(0, 3)), max_size=6)


@given(cells)
def test_a_column_is_its_codes_and_its_words(given) -> None:
    column = pa.array(given, pa.string()).dictionary_encode()
    codes = word_codes(column)
    assert codes.dtype == np.int32
    again = [column.dictionary[int(c)].as_py() if c >= 0 else None for c in codes]
    assert again == given


@given(cells)
def test_words_that_are_not_there_are_left_out(given) -> None:
    codes = np.array([WORDS.index(w) if w is not None else -1 for w in given], dtype=np.int32)
    there = [w for w in dict.fromkeys(given) if w is not None]
    first = words_there(codes, pa.array(WORDS))
    assert first.to_pylist() == given and first.dictionary.to_pylist() == there
    ordered = words_by_text(codes, pa.array(WORDS))
    assert ordered.to_pylist() == given and ordered.dictionary.to_pylist() == sorted(there)


def test_ranks_are_by_bytes_and_no_word_is_first() -> None:
    assert text_ranks(pa.array(WORDS)).tolist() == [3, 4, 0, 1, 2, -1]
    assert text_ranks(pa.array([], pa.string())).tolist() == [-1]


@given(places)
def test_records_stand_one_by_one_if_each_is_after_the_one_before(given) -> None:
    file = np.array([f for f, _ in given], dtype=np.int32)
    record = np.array([r for _, r in given], dtype=np.int64)
    assert one_by_one(file, record) == (sorted(set(given)) == given)


def test_rows_without_either_mark_keep_their_order() -> None:
    first, second = np.array([-1, 0, -1, -1], np.int16), np.array([-1, -1, 3, -1], np.int16)
    rows = np.array([3, 2, 1, 0], dtype=np.int32)
    assert rows[: keep_unmarked(rows, first, second)].tolist() == [3, 0]
