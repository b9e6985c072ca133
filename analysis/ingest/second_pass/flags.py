"""What is said of each of many rows: a rule that it breaks, a flag, a scope that it is out of."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from analysis.ingest.columns.encoded_columns import text_ranks, word_codes
from analysis.ingest.columns.row_kernels import UNMARKED

Mask = NDArray[np.bool_]


class Marks:
    """A rule (or flag, or scope) for each row: the first one given stays."""

    def __init__(self, code: NDArray[np.int16], words: list[str]) -> None:
        self.code, self.words = code, words

    @classmethod
    def of(cls, column: pa.DictionaryArray) -> Marks:
        return cls(word_codes(column, np.int16).copy(), column.dictionary.to_pylist())

    @classmethod
    def without(cls, rows: int) -> Marks:
        """No mark on any of so many rows."""
        return cls(np.full(rows, UNMARKED, dtype=np.int16), [])

    def number(self, word: str) -> int:
        """The code of a word; from now on it has one."""
        if word not in self.words:
            self.words.append(word)
        return self.words.index(word)

    def give(self, rows: Mask, word: str) -> None:
        """Mark the ``rows`` (a mask) that have none yet."""
        self.give_at(np.flatnonzero(rows), word)

    def give_at(self, places: NDArray[np.integer], word: str) -> None:
        """Mark the rows at ``places`` that have none yet."""
        self.code[places[self.code[places] == UNMARKED]] = self.number(word)

    @property
    def none(self) -> Mask:
        return self.code == UNMARKED

    @property
    def rank(self) -> NDArray[np.int32]:
        """For each row the place of its word in their order by bytes, -1 for none."""
        return text_ranks(pa.array(self.words, pa.string()))[self.code]

    def word(self, rows: NDArray) -> NDArray[np.object_]:
        return np.array([*self.words, ""], dtype=object)[self.code[rows]]
