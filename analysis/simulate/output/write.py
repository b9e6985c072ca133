"""Tables as text, streamed to CSV: a column is places in a list of words, -1 for an empty cell."""

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
class Column:
    places: np.ndarray  # int32
    words: pa.Array

    def take(self, rows: np.ndarray) -> Column:
        return Column(self.places[rows], self.words)

    def text(self) -> pa.Array:
        mask = self.places < 0
        places = pa.array(np.where(mask, 0, self.places).astype(np.int32), mask=mask)
        return pa.DictionaryArray.from_arrays(places, self.words).cast(pa.string())


Table = dict[str, Column]


def take(table: Table, rows: np.ndarray) -> Table:
    return {name: column.take(rows) for name, column in table.items()}


def stacked(first: Table, second: Table) -> Table:
    """``second`` below ``first``; both made of the same words."""
    return {
        name: Column(np.concatenate([column.places, second[name].places]), column.words)
        for name, column in first.items()
    }


def date_words() -> pa.Array:
    """Every day from 1880 to 2059, then the days that do not exist."""
    days = np.arange(FIRST_DAY, LAST_DAY).astype("datetime64[D]")
    return pa.array([*np.datetime_as_string(days).tolist(), *IMPOSSIBLE_DATES])


def day_places(days: np.ndarray) -> np.ndarray:
    """Places of days in ``date_words``; FAR is an empty cell."""
    return np.where(days >= FAR, -1, days - FIRST_DAY).astype(np.int32)


def header(table: Table) -> bytes:
    return (",".join(table) + "\n").encode()


class TableFile:
    """One CSV file under way: written beside its place, renamed into it when all is there."""

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
