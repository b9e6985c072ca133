"""Tables streamed to CSV; a column is codes into its categories, -1 for an empty cell."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from types import TracebackType

import numpy as np
import pyarrow as pa
import pyarrow.csv as pacsv

from analysis.simulate.people import FAR, ordinal

FIRST_DAY = ordinal(date(1880, 1, 1))
LAST_DAY = ordinal(date(2060, 1, 1))
IMPOSSIBLE_DATES = ("2015-02-30", "2013-13-01", "2011-00-10")


@dataclass(frozen=True)
class CategoricalColumn:
    codes: np.ndarray  # int32
    categories: pa.Array

    def take(self, rows: np.ndarray) -> CategoricalColumn:
        return CategoricalColumn(self.codes[rows], self.categories)

    def text(self) -> pa.Array:
        mask = self.codes < 0
        codes = pa.array(np.where(mask, 0, self.codes).astype(np.int32), mask=mask)
        return pa.DictionaryArray.from_arrays(codes, self.categories).cast(pa.string())


Table = dict[str, CategoricalColumn]


def take(table: Table, rows: np.ndarray) -> Table:
    return {name: column.take(rows) for name, column in table.items()}


def stacked(first: Table, second: Table) -> Table:
    """``second`` below ``first``; both with the same categories."""
    return {
        name: CategoricalColumn(
            np.concatenate([column.codes, second[name].codes]), column.categories
        )
        for name, column in first.items()
    }


def date_categories() -> pa.Array:
    """Every day from 1880 to 2059, then the days that do not exist."""
    days = np.arange(FIRST_DAY, LAST_DAY).astype("datetime64[D]")
    return pa.array([*np.datetime_as_string(days).tolist(), *IMPOSSIBLE_DATES])


def day_codes(days: np.ndarray) -> np.ndarray:
    """Codes of days in ``date_categories``; FAR is an empty cell."""
    return np.where(days >= FAR, -1, days - FIRST_DAY).astype(np.int32)


def header(table: Table) -> bytes:
    return (",".join(table) + "\n").encode()


class TableFile:
    """A CSV file being written: under a temporary name, renamed when it is complete."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
        self.file = self.temporary.open("wb")
        self.writer: pacsv.CSVWriter | None = None

    def add(self, table: Table) -> None:
        if self.writer is None:
            self.file.write(header(table))
            options = pacsv.WriteOptions(include_header=False, quoting_style="none")
            schema = pa.schema([(name, pa.string()) for name in table])
            self.writer = pacsv.CSVWriter(self.file, schema, write_options=options)
        columns = {name: column.text() for name, column in table.items()}
        self.writer.write_table(pa.table(columns))

    def __enter__(self) -> TableFile:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self.writer is not None:
            self.writer.close()
        self.file.flush()
        os.fsync(self.file.fileno())
        self.file.close()
        if error is None:
            self.temporary.replace(self.path)
        else:
            self.temporary.unlink(missing_ok=True)
