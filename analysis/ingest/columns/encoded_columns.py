"""Dictionary-encoded columns: the code of each cell, and columns made of codes and values."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

Codes = NDArray[np.int32]


def codes_of(column: pa.DictionaryArray, kind: type = np.int32) -> NDArray:
    """Place of each cell in the dictionary of its column, -1 where it is empty; read-only."""
    places = column.indices.cast(pa.from_numpy_dtype(kind))
    return places.fill_null(-1).to_numpy(zero_copy_only=False)


def numbers_of(column: pa.Array, missing: float) -> NDArray:
    """The numbers of a column, ``missing`` for an empty cell; read-only."""
    return column.fill_null(missing).to_numpy(zero_copy_only=False)


def text_ranks(values: pa.Array) -> Codes:
    """Rank of each value in byte order; -1 at the end, for an empty cell."""
    ranks = np.full(len(values) + 1, -1, dtype=np.int32)
    ranks[pc.array_sort_indices(values).to_numpy()] = np.arange(len(values), dtype=np.int32)
    return ranks


def encode_as_met(codes: Codes, values: pa.Array) -> pa.DictionaryArray:
    """A column of ``codes``; its dictionary holds the values that occur, as these first occur."""
    present = pd.unique(codes)
    return _encode(codes, values, present[present >= 0])


def encode_sorted(codes: Codes, values: pa.Array) -> pa.DictionaryArray:
    """A column of ``codes``; its dictionary holds the values that occur, in byte order."""
    occurs = np.zeros(len(values) + 1, dtype=bool)
    occurs[codes] = True
    present = np.flatnonzero(occurs[:-1])
    return _encode(codes, values, present[np.argsort(text_ranks(values)[present])])


def _encode(codes: Codes, values: pa.Array, kept: NDArray) -> pa.DictionaryArray:
    place = np.full(len(values) + 1, -1, dtype=np.int32)
    place[kept] = np.arange(len(kept), dtype=np.int32)
    cells = place[codes]
    empty = cells < 0
    gaps = empty if empty.any() else None
    return pa.DictionaryArray.from_arrays(
        pa.array(cells, mask=gaps), values.take(pa.array(kept, pa.int64()))
    )
