"""Histograms of laboratory values by centre, analyte, quarter and unit as sent.

Units are decided for a centre, an analyte, a quarter and a unit as sent, never for a row: the
first pass counts values by size (in eighths of a doubling, as if the unit were the declared one),
a verdict is passed on the counts, and the second pass applies it.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from analysis.ingest.columns.encoded_columns import codes_of, numbers_of
from analysis.ingest.units.forensics import BINS_PER_OCTAVE, KEYS
from data_schema.declarations import analytes
from data_schema.refusal import refusal

NO_BIN = -(2**10)
FURTHEST = 2.0**130  # values beyond it, and below its inverse, are in the last bins
MOST_PENDING = 4_000_000
# one number a cell of the histogram: how many values, quarters and sizes there may be
SPACE = {"centre_id": 2**21, "analyte": 2**5, "quarter": 2**16, "unit": 2**9, "bin": 2**11}
STEPS = 2.0 ** (np.arange(BINS_PER_OCTAVE) / BINS_PER_OCTAVE - 1)  # bounds of bins within [0.5, 1)

EPOCH_QUARTER = 1970 * 4

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


def unit_factors(analyte: list[str], unit: list[str]) -> NDArray[np.float64]:
    """Factor to the canonical unit of each pair; NaN where it is not listed.

    So are the last row and the last column, those of the code -1.
    """
    factors = np.full((len(analyte) + 1, len(unit) + 1), np.nan)
    declared = analytes()
    for i, name in enumerate(analyte):
        listed = {row.unit: row.factor for row in declared[name].units}
        factors[i, :-1] = [listed.get(u, np.nan) for u in unit]
    return factors


def quarters_of(day: NDArray[np.integer]) -> Ints:
    """``4 × year + 0..3`` of days since 1970."""
    if len(day) == 0:
        return np.zeros(0, dtype=np.int64)
    first = int(day.min())
    every = np.arange(first, int(day.max()) + 1)
    month = every.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
    return (EPOCH_QUARTER + month // 3)[day - first]


def first_day_of(quarter: Ints) -> Ints:
    """Days since 1970 of the first day of ``4 × year + 0..3``."""
    month = ((quarter - EPOCH_QUARTER) * 3).astype("datetime64[M]")
    return month.astype("datetime64[D]").astype(np.int64)


def bins_of(value: Floats) -> Ints:
    """``floor(8 log2(value))``, within ±(2^10 − 1); ``NO_BIN`` for 0 or less."""
    mantissa, exponent = np.frexp(np.clip(value, 1 / FURTHEST, FURTHEST))
    size = BINS_PER_OCTAVE * (exponent.astype(np.int64) - 1) - 1
    for step in STEPS:
        size += mantissa >= step
    return np.where(value > 0, np.clip(size, NO_BIN + 1, -NO_BIN - 1), NO_BIN)


class Histograms:
    """Counts of typed values by centre, analyte, quarter, unit and size, batch after batch.

    Counted are rows without a rule, in scope, in a unit that is listed for the analyte; not those
    taken after a dialysis session. Limits come later: a swapped unit puts values outside them.
    ``column``: what is counted, the value or the upper limit that the laboratory reports.
    """

    def __init__(self, column: str = "value") -> None:
        self.column = column
        self.categories = {name: Categories(name) for name in ("centre_id", "analyte", "unit")}
        self.cells = [(np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64))]
        self.pending = 0

    def observe(self, batch: pa.RecordBatch) -> None:
        """Count the values of a batch of typed laboratory rows."""
        encoded = {name: batch.column(name) for name in self.categories}
        names = {name: column.dictionary.to_pylist() for name, column in encoded.items()}
        codes = {name: codes_of(column) for name, column in encoded.items()}
        factors = unit_factors(names["analyte"], names["unit"])
        value = numbers_of(batch.column(self.column), np.nan)
        value = value * factors[codes["analyte"], codes["unit"]]
        rows = np.flatnonzero(~np.isnan(value) & _is_countable(batch))
        size = bins_of(value[rows])
        if self.column == "value":
            size[_is_bound(batch)[rows]] = NO_BIN
        names["centre_id"].append("")  # of the code -1
        place = {name: own.places(names[name]) for name, own in self.categories.items()}
        cell = {name: place[name][code[rows]] for name, code in codes.items()}
        day = numbers_of(batch.column("sample_date").cast(pa.int32()), 0)[rows]
        cell |= {"quarter": quarters_of(day), "bin": size - NO_BIN}
        cells, n = np.unique(_cell_number(cell), return_counts=True)
        self._keep(cells, n)

    def add(self, other: Histograms) -> None:
        """Add the counts of another part of the table."""
        places = {n: own.places([*other.categories[n].known]) for n, own in self.categories.items()}
        for cells, n in other.cells:
            cell = _cell_of_number(cells)
            cell |= {name: own[cell[name]] for name, own in places.items()}
            self._keep(_cell_number(cell), n)

    def _keep(self, cells: Ints, n: Ints) -> None:
        self.cells.append((cells, n))
        self.pending += len(cells)
        if self.pending > MOST_PENDING:
            self.cells = [self._together()]
            self.pending = 0

    def _together(self) -> tuple[Ints, Ints]:
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
        cell = _cell_of_number(keys)
        size = cell["bin"] + NO_BIN
        columns: dict = {name: own.names_at(cell[name]) for name, own in self.categories.items()}
        columns["quarter"] = cell["quarter"].astype(np.int32)
        columns["bin"] = pd.array(size, dtype="Int64")
        columns["bin"][size == NO_BIN] = pd.NA
        rank = [own.rank()[cell[name]] for name, own in self.categories.items()]
        order = np.lexsort((size, rank[2], cell["quarter"], rank[1], rank[0]))
        frame = pd.DataFrame({**columns, "n": n})
        return frame.take(order).reset_index(drop=True)[[*KEYS, "bin", "n"]]


def _cell_number(cell: dict[str, Ints]) -> Ints:
    """The place of cells in ``SPACE``, in C order."""
    return np.ravel_multi_index(tuple(cell[name] for name in SPACE), tuple(SPACE.values()))


def _cell_of_number(number: Ints) -> dict[str, Ints]:
    return dict(zip(SPACE, np.unravel_index(number, tuple(SPACE.values())), strict=True))


def _is_countable(batch: pa.RecordBatch) -> NDArray[np.bool_]:
    """Whether no rule rejects a row, it is in scope, and not taken after a session."""
    countable = ~_has_value(batch.column("timing"), "post")
    for name in ("_rule", "_out_of_scope"):
        status = batch.column(name)
        if status.null_count < len(status):
            countable &= status.is_null().to_numpy(zero_copy_only=False)
    return countable


def _is_bound(batch: pa.RecordBatch) -> NDArray[np.bool_]:
    return ~_has_value(batch.column("comparator"), "")


def _has_value(column: pa.DictionaryArray, value: str) -> NDArray[np.bool_]:
    names = column.dictionary.to_pylist()
    if value not in names:
        return np.zeros(len(column), dtype=bool)
    return codes_of(column, np.int16) == names.index(value)


class Categories:
    """Values of a column in the order in which they were first met."""

    def __init__(self, column: str) -> None:
        self.column = column
        self.known: dict[str, int] = {}

    def places(self, names: list[str]) -> Ints:
        """The place of each name; new ones at the end. Raises ``Refusal`` for too many."""
        found = [self.known.setdefault(name, len(self.known)) for name in names]
        if len(self.known) > SPACE[self.column]:
            problem = f"holds more than {SPACE[self.column]:,} different values"
            raise refusal(problem, file="labs", column=self.column)
        return np.array(found, dtype=np.int64)

    def names_at(self, places: Ints) -> NDArray[np.object_]:
        return np.array([*self.known], dtype=object)[places]

    def rank(self) -> Ints:
        """Rank of each value in alphabetical order."""
        return np.argsort(np.argsort(np.array([*self.known], dtype=object)))
