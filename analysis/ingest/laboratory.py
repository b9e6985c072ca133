"""Which unit a centre's laboratory values are in: counts of values, and the verdict on them.

Units are decided for a centre, an analyte, a quarter and a unit as sent, never for a row: the
first pass counts values by size (in eighths of a doubling, as if the unit were the declared one),
a verdict is passed on the counts, and the second pass applies it.
"""

from __future__ import annotations

from math import prod

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from analysis.ingest.unit_forensics import BINS_PER_OCTAVE, KEYS
from data_schema.declarations import analytes
from data_schema.refusal import refusal

MOST_PENDING = 4_000_000
MOST_COUNTED = 2**22  # cells of one batch that are counted in place
NO_BIN = -(2**10)
# one number a cell of the histogram: how many words, quarters and sizes there may be
SPACE = {"centre_id": 2**21, "analyte": 2**5, "quarter": 2**16, "unit": 2**9, "bin": 2**11}

Codes = NDArray[np.int32]
EPOCH_QUARTER = 1970 * 4


def unit_factors(analyte: list[str], unit: list[str]) -> NDArray[np.float64]:
    """Factor to the canonical unit for each pair of words; NaN where it is not listed."""
    factors = np.full((len(analyte), len(unit)), np.nan)
    declared = analytes()
    for i, name in enumerate(analyte):
        listed = {row.unit: row.factor for row in declared[name].units}
        factors[i] = [listed.get(u, np.nan) for u in unit]
    return factors


def codes_of(column: pa.DictionaryArray) -> tuple[Codes, list[str]]:
    """Place of each cell in the words of a column, -1 where it is empty; and the words."""
    indices = column.indices
    places = indices.fill_null(0).to_numpy(zero_copy_only=False).astype(np.int32)
    if indices.null_count:
        places[indices.is_null().to_numpy(zero_copy_only=False)] = -1
    return places, column.dictionary.to_pylist()


def quarters(day: NDArray[np.int32]) -> Codes:
    """4 × year + 0..3 of days since 1970-01-01."""
    if len(day) == 0:
        return np.zeros(0, dtype=np.int32)
    first, last = int(day.min()), int(day.max())
    if last - first > len(day):  # a calendar would be longer than the days
        return _quarter(day)
    return _quarter(np.arange(first, last + 1))[day - first]


def _quarter(day: NDArray[np.integer]) -> Codes:
    month = day.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
    return (month // 3 + EPOCH_QUARTER).astype(np.int32)


class Histograms:
    """Counts of typed values by centre, analyte, quarter, unit and size, batch after batch.

    Counted are rows without a rule, in scope, in a unit that is listed for the analyte; not those
    taken after a dialysis session. Limits come later: a swapped unit puts values outside them.
    ``column``: what is counted, the value or the upper limit that the laboratory reports.
    """

    def __init__(self, column: str = "value") -> None:
        self.column = column
        self.words = {name: Words() for name in SPACE if name in ("centre_id", "analyte", "unit")}
        self.cells: list[tuple[NDArray[np.int64], NDArray[np.int64]]] = []
        self.pending = 0

    def watch(self, batch: pa.RecordBatch) -> None:
        analyte, analyte_words = codes_of(batch.column("analyte"))
        unit, unit_words = codes_of(batch.column("unit"))
        rows = _countable(batch, self.column, analyte, unit)
        factor = unit_factors(analyte_words, unit_words)[analyte[rows], unit[rows]]
        listed = np.isfinite(factor)
        rows, factor = rows[listed], factor[listed]
        centre, centre_words = codes_of(batch.column("centre_id"))
        day = batch.column("sample_date").cast(pa.int32()).fill_null(0)
        cell: dict[str, NDArray[np.integer]] = {
            "centre_id": self.words["centre_id"].places([*centre_words, ""])[centre[rows]],
            "analyte": self.words["analyte"].places(analyte_words)[analyte[rows]],
            "quarter": quarters(day.to_numpy(zero_copy_only=False)[rows]),
            "unit": self.words["unit"].places(unit_words)[unit[rows]],
            "bin": _bins(batch, rows, factor, self.column) - NO_BIN,
        }
        if len(self.words["centre_id"].known) > SPACE["centre_id"]:
            raise refusal("names millions of centres", file="labs", column="centre_id")
        keys, counts = _counted(tuple(cell.values()))
        self.cells.append((keys, counts))
        self.pending += len(keys)
        if self.pending > MOST_PENDING:
            self.cells = [self._together()]
            self.pending = 0

    def _together(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        none = np.zeros(0, dtype=np.int64)
        keys = np.concatenate([none, *(key for key, _ in self.cells)])
        order = np.argsort(keys, kind="stable")
        starts = np.flatnonzero(np.diff(keys[order], prepend=-1))
        counts = np.concatenate([none, *(n for _, n in self.cells)])[order]
        return keys[order][starts], np.add.reduceat(counts, starts) if len(starts) else none

    def frame(self) -> pd.DataFrame:
        """``centre_id`` ('' for none), ``analyte``, ``quarter``, ``unit``, ``bin``, ``n``.

        ``bin`` is ``floor(8 log2(value × factor))``, missing for bounds and for 0 or less.
        In the order of these columns.
        """
        keys, n = self._together()
        cell = dict(zip(SPACE, np.unravel_index(keys, tuple(SPACE.values())), strict=True))
        size = cell["bin"] + NO_BIN
        columns: dict = {name: words.of(cell[name]) for name, words in self.words.items()}
        columns["quarter"] = cell["quarter"].astype(np.int32)
        columns["bin"] = pd.array(size, dtype="Int64")
        columns["bin"][size == NO_BIN] = pd.NA
        rank = [words.rank()[cell[name]] for name, words in self.words.items()]
        order = np.lexsort((size, rank[2], cell["quarter"], rank[1], rank[0]))
        frame = pd.DataFrame({**columns, "n": n})
        return frame.take(order).reset_index(drop=True)[[*KEYS, "bin", "n"]]


def _counted(cell: tuple[NDArray[np.integer], ...]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The cells of ``SPACE`` that occur, each as one number, and how many rows are in each."""
    if len(cell[0]) == 0:
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    low = [int(codes.min()) for codes in cell]
    spans = [int(codes.max()) - least + 1 for codes, least in zip(cell, low, strict=True)]
    space = tuple(SPACE.values())
    if prod(spans) > MOST_COUNTED:  # too sparse to count in place
        place, keys = pd.factorize(np.ravel_multi_index(cell, space))
        return keys, np.bincount(place, minlength=len(keys))
    near = tuple(codes - least for codes, least in zip(cell, low, strict=True))
    counts = np.bincount(np.ravel_multi_index(near, spans))
    found = np.flatnonzero(counts)
    at = np.unravel_index(found, spans)
    far = tuple(codes + least for codes, least in zip(at, low, strict=True))
    return np.ravel_multi_index(far, space), counts[found]


class Words:
    """Words in the order in which they were first seen."""

    def __init__(self) -> None:
        self.known: dict[str, int] = {}

    def places(self, words: list[str]) -> NDArray[np.int64]:
        """Where each word stands; new ones at the end."""
        return np.array([self.known.setdefault(w, len(self.known)) for w in words], dtype=np.int64)

    def of(self, places: NDArray[np.int64]) -> NDArray[np.object_]:
        return np.array([*self.known], dtype=object)[places]

    def rank(self) -> NDArray[np.int64]:
        """Place in alphabetical order of each word."""
        return np.argsort(np.argsort(np.array([*self.known], dtype=object)))


def _countable(
    batch: pa.RecordBatch, column: str, analyte: Codes, unit: Codes
) -> NDArray[np.int64]:
    """Rows in scope that no rule rejects, with analyte and unit, not taken after a session."""
    timing, words = codes_of(batch.column("timing"))
    good = (analyte >= 0) & (unit >= 0)
    if "post" in words:
        good &= timing != words.index("post")
    for name in ("_rule", "_out_of_scope"):
        if batch.column(name).null_count < len(good):
            good &= batch.column(name).is_null().to_numpy(zero_copy_only=False)
    if batch.column(column).null_count:
        good &= batch.column(column).is_valid().to_numpy(zero_copy_only=False)
    return np.flatnonzero(good)


def _bins(
    batch: pa.RecordBatch, rows: NDArray[np.int64], factor: NDArray[np.float64], column: str
) -> NDArray[np.int64]:
    """Bin of each row, ``NO_BIN`` for none; sizes beyond ±2**100 stand at the ends."""
    value = batch.column(column).fill_null(0.0).to_numpy(zero_copy_only=False)[rows] * factor
    plain = value > 0
    if column == "value":
        comparator, words = codes_of(batch.column("comparator"))
        plain &= comparator[rows] == words.index("")
    eighths = np.floor(BINS_PER_OCTAVE * np.log2(np.where(plain, value, 1.0)))
    size = np.clip(eighths, NO_BIN + 1, -NO_BIN - 1).astype(np.int64)
    size[~plain] = NO_BIN
    return size
