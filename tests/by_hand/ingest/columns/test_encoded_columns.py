"""Dictionary-encoded columns, as codes and back."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as some

from analysis.ingest.columns.encoded_columns import (
    codes_of,
    encode_as_met,
    encode_sorted,
    text_ranks,
)

VALUES = ["b", "\u00e9", "", "B", "a"]
cells = some.lists(some.one_of(some.none(), some.sampled_from(VALUES)))


@given(cells)
def test_a_column_is_its_codes_and_its_values(given) -> None:
    column = pa.array(given, pa.string()).dictionary_encode()
    codes = codes_of(column)
    assert codes.dtype == np.int32
    again = [column.dictionary[int(c)].as_py() if c >= 0 else None for c in codes]
    assert again == given


@given(cells)
def test_values_that_do_not_occur_are_left_out(given) -> None:
    codes = np.array([VALUES.index(w) if w is not None else -1 for w in given], dtype=np.int32)
    there = [w for w in dict.fromkeys(given) if w is not None]
    first = encode_as_met(codes, pa.array(VALUES))
    assert first.to_pylist() == given and first.dictionary.to_pylist() == there
    ordered = encode_sorted(codes, pa.array(VALUES))
    assert ordered.to_pylist() == given and ordered.dictionary.to_pylist() == sorted(there)


def test_ranks_are_by_bytes_and_no_value_is_first() -> None:
    assert text_ranks(pa.array(VALUES)).tolist() == [3, 4, 0, 1, 2, -1]
    assert text_ranks(pa.array([], pa.string())).tolist() == [-1]
