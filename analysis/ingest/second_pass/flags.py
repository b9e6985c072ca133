"""Status of each of many rows: a rule that it breaks, a flag, a scope that it is out of."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from analysis.ingest.columns.encoded_columns import codes_of, text_ranks

UNFLAGGED = -1
Mask = NDArray[np.bool_]


class RowFlags:
    """The name of a rule, flag or scope for each row, as codes; the first one set stays."""

    def __init__(self, code: NDArray[np.int16], names: list[str]) -> None:
        self.code, self.names = code, names

    @classmethod
    def of(cls, column: pa.DictionaryArray) -> RowFlags:
        return cls(codes_of(column, np.int16).copy(), column.dictionary.to_pylist())

    @classmethod
    def none_of(cls, rows: int) -> RowFlags:
        """So many rows without a flag."""
        return cls(np.full(rows, UNFLAGGED, dtype=np.int16), [])

    def code_of(self, name: str) -> int:
        """The code of a name, which is added where it is new."""
        if name not in self.names:
            self.names.append(name)
        return self.names.index(name)

    def set_flag(self, rows: Mask, name: str) -> None:
        """Set ``name`` on those ``rows`` (a mask) that have none yet."""
        self.set_flag_at(np.flatnonzero(rows), name)

    def set_flag_at(self, places: NDArray[np.integer], name: str) -> None:
        """Set ``name`` on those rows at ``places`` that have none yet."""
        self.code[places[self.code[places] == UNFLAGGED]] = self.code_of(name)

    @property
    def unset(self) -> Mask:
        return self.code == UNFLAGGED

    @property
    def rank(self) -> NDArray[np.int32]:
        """For each row the rank of its name in byte order, -1 for none."""
        return text_ranks(pa.array(self.names, pa.string()))[self.code]

    def names_at(self, rows: NDArray) -> NDArray[np.object_]:
        """The names on ``rows``, '' for none."""
        return np.array([*self.names, ""], dtype=object)[self.code[rows]]
