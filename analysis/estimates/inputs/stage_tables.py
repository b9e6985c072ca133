"""The tables of the stage before, read when a question asks for them and not kept.

A question names the columns it needs. Nothing is held between questions, so that memory is what the
largest question takes, not the sum of all tables.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import pandas as pd

from analysis import store

Columns = Sequence[str] | None


class Tables(Protocol):
    """Tables by name; ``columns`` None is all of them."""

    @property
    def n_parts(self) -> int:
        """Parts of whole people that a table has, some perhaps without rows."""
        ...

    def names(self, table: str) -> list[str]:
        """The columns that a table has."""
        ...

    def whole(self, table: str, columns: Columns = None) -> pd.DataFrame:
        """All rows of a table, in the order of the people."""
        ...

    def part(self, table: str, number: int, columns: Columns = None) -> pd.DataFrame:
        """Those of one of the parts."""
        ...

    def parts(self, table: str, columns: Columns = None) -> Iterator[pd.DataFrame]:
        """The same rows part by part, one at a time."""
        ...


@dataclass(frozen=True)
class StoredTables:
    """What a stage wrote: ``<table>/<bucket>.parquet`` under ``folder``, in bucket order."""

    folder: Path
    buckets: int

    @property
    def n_parts(self) -> int:
        return self.buckets

    def names(self, table: str) -> list[str]:
        return store.column_names(self._files(table)[0])

    def whole(self, table: str, columns: Columns = None) -> pd.DataFrame:
        return store.read_frames(self._files(table), columns)

    def part(self, table: str, number: int, columns: Columns = None) -> pd.DataFrame:
        return store.read_frame(self._file(table, number), columns)

    def parts(self, table: str, columns: Columns = None) -> Iterator[pd.DataFrame]:
        for file in self._files(table):
            yield store.read_frame(file, columns)

    def _files(self, table: str) -> list[Path]:
        return [self._file(table, number) for number in range(self.buckets)]

    def _file(self, table: str, number: int) -> Path:
        return self.folder / table / f"{number:04d}.parquet"


@dataclass(frozen=True)
class HeldTables:
    """Frames that are there already, as one part each; a table not given has no rows."""

    frames: dict[str, pd.DataFrame]

    @property
    def n_parts(self) -> int:
        return 1

    def names(self, table: str) -> list[str]:
        return list(self.whole(table).columns)

    def whole(self, table: str, columns: Columns = None) -> pd.DataFrame:
        frame = self.frames.get(table, pd.DataFrame({"person": []}))
        return frame if columns is None else frame[list(columns)]

    def part(self, table: str, number: int, columns: Columns = None) -> pd.DataFrame:  # noqa: ARG002 - it has one
        return self.whole(table, columns)

    def parts(self, table: str, columns: Columns = None) -> Iterator[pd.DataFrame]:
        yield self.whole(table, columns)
