"""Which unit a centre's laboratory values are in: counts of values, and the verdict on them.

Units are decided for a centre, an analyte, a quarter and a unit as sent, never for a row: the
first pass counts values by size (in eighths of a doubling, as if the unit were the declared one),
a verdict is passed on the counts, and the second pass applies it.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from analysis.ingest.columns.decode import plain_numbers
from analysis.ingest.columns.encoded_columns import word_codes
from analysis.ingest.columns.encoded_rows import CodedRows, words_and_codes
from analysis.ingest.columns.histogram_kernels import (
    DIGITS,
    FREE,
    NO_CODE,
    count_cells,
    value_cells,
)
from analysis.ingest.units.forensics import BINS_PER_OCTAVE, KEYS
from data_schema.declarations import analytes
from data_schema.refusal import refusal

NO_BIN = -(2**10)
MOST_PENDING = 4_000_000
FEW_CELLS = 2**18  # rows of the table in which a batch's cells are counted at first
# one number a cell of the histogram: how many words, quarters and sizes there may be
SPACE = {"centre_id": 2**21, "analyte": 2**5, "quarter": 2**16, "unit": 2**9, "bin": 2**11}

ROOM = np.array([*SPACE.values(), NO_BIN], dtype=np.int64)
STEPS = (2.0 ** (np.arange(BINS_PER_OCTAVE) / BINS_PER_OCTAVE - 1)).view(np.int64) & DIGITS

EPOCH_QUARTER = 1970 * 4


def unit_factors(analyte: list[str], unit: list[str]) -> NDArray[np.float64]:
    """Factor to the canonical unit for each pair of words; NaN where it is not listed."""
    factors = np.full((len(analyte), len(unit)), np.nan)
    declared = analytes()
    for i, name in enumerate(analyte):
        listed = {row.unit: row.factor for row in declared[name].units}
        factors[i] = [listed.get(u, np.nan) for u in unit]
    return factors


def small_codes(column: pa.DictionaryArray) -> NDArray[np.uint8]:
    """As ``word_codes``, of at most 255 words; empty: ``NO_CODE``."""
    return plain_numbers(column.indices, NO_CODE)


class Histograms:
    """Counts of typed values by centre, analyte, quarter, unit and size, batch after batch.

    Counted are rows without a rule, in scope, in a unit that is listed for the analyte; not those
    taken after a dialysis session. Limits come later: a swapped unit puts values outside them.
    ``column``: what is counted, the value or the upper limit that the laboratory reports.
    """

    def __init__(self, column: str = "value") -> None:
        self.column = column
        self.words = {name: Words(name) for name in ("centre_id", "analyte", "unit")}
        self.cells = [(np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64))]
        self.pending = 0

    def watch(self, batch: pa.RecordBatch | CodedRows) -> None:
        words, codes = zip(*(words_and_codes(batch, name) for name in self._columns()), strict=True)
        analyte, unit, bound, timing, centre, day, value = words
        listed = [column.dictionary.to_pylist() for column in (centre, analyte, unit)]
        listed[0].append("")  # for -1
        places = [own.places(one) for own, one in zip(self.words.values(), listed, strict=True)]
        columns = (
            small_codes(analyte),
            small_codes(unit),
            small_codes(bound) if self.column == "value" else np.zeros(len(bound), dtype=np.uint8),
            _is_after(timing),
            word_codes(centre),
            plain_numbers(day.cast(pa.int32()), 0),
            plain_numbers(value, np.nan),
        )
        factors = unit_factors(*listed[1:])
        cells = np.empty(len(batch), dtype=np.int64)
        marked = _marked(batch)
        n = value_cells(codes, columns, marked, tuple(places), factors, ROOM, STEPS, cells)
        self._keep(*_counted(cells[:n]))

    def _columns(self) -> tuple[str, ...]:
        return ("analyte", "unit", "comparator", "timing", "centre_id", "sample_date", self.column)

    def add(self, other: Histograms) -> None:
        """Take in what was counted in another part of the table."""
        places = {n: words.places([*other.words[n].known]) for n, words in self.words.items()}
        for cells, n in other.cells:
            cell = dict(zip(SPACE, np.unravel_index(cells, tuple(SPACE.values())), strict=True))
            cell |= {name: own[cell[name]] for name, own in places.items()}
            self._keep(np.ravel_multi_index(tuple(cell.values()), tuple(SPACE.values())), n)

    def _keep(self, cells: NDArray[np.int64], n: NDArray[np.int64]) -> None:
        self.cells.append((cells, n))
        self.pending += len(cells)
        if self.pending > MOST_PENDING:
            self.cells = [self._together()]
            self.pending = 0

    def _together(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """The cells that occur, in their order, and how many rows are in each."""
        cells, n = map(np.concatenate, zip(*self.cells, strict=True))
        each = pa.table({"cell": cells, "n": n}).group_by("cell", use_threads=False)
        counted = each.aggregate([("n", "sum")]).sort_by("cell")
        return counted["cell"].to_numpy(), counted["n_sum"].to_numpy()

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


def _is_after(timing: pa.DictionaryArray) -> NDArray[np.uint8]:
    """1 for what was taken after a session, else 0."""
    words = timing.dictionary.to_pylist()
    if "post" not in words:
        return np.zeros(len(timing), dtype=np.uint8)
    return (small_codes(timing) == words.index("post")).view(np.uint8)


def _marked(rows: pa.RecordBatch | CodedRows) -> NDArray[np.uint8]:
    """1 for rows that a rule rejects or that are out of scope; else 0."""
    marked = np.zeros(len(rows), dtype=bool)
    for name in ("_rule", "_out_of_scope"):
        mark = rows.column(name)
        if mark.null_count < len(mark):
            marked = marked | mark.is_valid().to_numpy(zero_copy_only=False)
    return marked.view(np.uint8)


def _counted(cells: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Each cell once, and how often it stands there."""
    rows = min(2 ** max(2 * len(cells) - 1, 1).bit_length(), FEW_CELLS)
    while True:
        table = np.repeat(np.array([[FREE, 0]], dtype=np.int64), rows, axis=0)
        if count_cells(cells, table):
            return tuple(np.ascontiguousarray(table[table[:, 0] != FREE].T))
        rows *= 4


class Words:
    """Words of a column in the order in which they were first seen."""

    def __init__(self, column: str) -> None:
        self.column = column
        self.known: dict[str, int] = {}

    def places(self, words: list[str]) -> NDArray[np.int64]:
        """Where each word stands; new ones at the end. Raises ``Refusal`` for too many."""
        found = [self.known.setdefault(w, len(self.known)) for w in words]
        if len(self.known) > SPACE[self.column]:
            problem = f"holds more than {SPACE[self.column]:,} different words"
            raise refusal(problem, file="labs", column=self.column)
        return np.array(found, dtype=np.int64)

    def of(self, places: NDArray[np.int64]) -> NDArray[np.object_]:
        return np.array([*self.known], dtype=object)[places]

    def rank(self) -> NDArray[np.int64]:
        """Place in alphabetical order of each word."""
        return np.argsort(np.argsort(np.array([*self.known], dtype=object)))
