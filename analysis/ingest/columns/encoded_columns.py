"""Columns that hold few words: a cell as the place of its word, and back to a column."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from analysis.ingest.columns.row_kernels import mark_there, renumber

Codes = NDArray[np.int32]


def word_codes(column: pa.DictionaryArray, kind: type = np.int32) -> NDArray:
    """Place of each cell in the words of a column, -1 where it is empty; not to be written to."""
    places = column.indices.cast(pa.from_numpy_dtype(kind))
    return places.fill_null(-1).to_numpy(zero_copy_only=False)


def text_ranks(words: pa.Array) -> Codes:
    """Place of each word in their order by bytes; -1 at the end, for no word."""
    ranks = np.full(len(words) + 1, -1, dtype=np.int32)
    ranks[pc.array_sort_indices(words).to_numpy()] = np.arange(len(words), dtype=np.int32)
    return ranks


def words_there(codes: Codes, words: pa.Array) -> pa.DictionaryArray:
    """The cells of ``codes`` by those words that are among them, as these first occur."""
    there = pd.unique(codes)
    return _by_words(codes, words, there[there >= 0])


def words_by_text(codes: Codes, words: pa.Array) -> pa.DictionaryArray:
    """The cells of ``codes`` by those words that are among them, in the order of their bytes."""
    is_there = np.zeros(len(words) + 1, dtype=bool)
    mark_there(codes, is_there)
    there = np.flatnonzero(is_there[:-1])
    return _by_words(codes, words, there[np.argsort(text_ranks(words)[there])])


def _by_words(codes: Codes, words: pa.Array, kept: NDArray) -> pa.DictionaryArray:
    place = np.full(len(words) + 1, -1, dtype=np.int32)
    place[kept] = np.arange(len(kept), dtype=np.int32)
    cells = np.empty(len(codes), dtype=np.int32)
    renumber(codes, place, cells)
    empty = cells < 0
    gaps = empty if empty.any() else None
    return pa.DictionaryArray.from_arrays(
        pa.array(cells, mask=gaps), words.take(pa.array(kept, pa.int64()))
    )
