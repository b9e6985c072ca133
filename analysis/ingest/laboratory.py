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

from analysis.ingest.unit_forensics import BINS_PER_OCTAVE, KEYS
from data_schema.declarations import analytes

MOST_PENDING = 4_000_000

Codes = NDArray[np.int64]


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
    places = column.indices.cast(pa.int64()).fill_null(-1).to_numpy(zero_copy_only=False)
    return places.copy(), column.dictionary.to_pylist()


def quarters(day: NDArray[np.int64]) -> Codes:
    """4 × year + 0..3 of days since 1970-01-01."""
    month = day.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
    return (month + 1970 * 12) // 3


class Histograms:
    """Counts of typed values by centre, analyte, quarter, unit and size, batch after batch.

    Counted are rows without a rule, in scope, in a unit that is listed for the analyte; not those
    taken after a dialysis session. Limits come later: a swapped unit puts values outside them.
    ``column``: what is counted, the value or the upper limit that the laboratory reports.
    """

    def __init__(self, column: str = "value") -> None:
        self.column = column
        self.parts: list[pd.DataFrame] = []
        self.pending = 0

    def watch(self, batch: pa.RecordBatch) -> None:
        analyte, analyte_words = codes_of(batch.column("analyte"))
        unit, unit_words = codes_of(batch.column("unit"))
        centre, centre_words = codes_of(batch.column("centre_id"))
        timing, timing_words = codes_of(batch.column("timing"))
        factor = unit_factors(analyte_words, unit_words)[analyte, unit]
        post = timing_words.index("post") if "post" in timing_words else -2
        good = batch.column("_rule").is_null().to_numpy(zero_copy_only=False)
        good = good & batch.column("_out_of_scope").is_null().to_numpy(zero_copy_only=False)
        good &= (analyte >= 0) & (unit >= 0) & (timing != post) & np.isfinite(factor)
        if self.column != "value":
            good &= batch.column(self.column).is_valid().to_numpy(zero_copy_only=False)
        rows = np.flatnonzero(good)
        day = batch.column("sample_date").cast(pa.int32()).fill_null(0)
        quarter = quarters(day.to_numpy(zero_copy_only=False)[rows])
        size = _bins(batch, rows, factor[rows], self.column)
        sizes = (len(centre_words) + 1, len(analyte_words), len(unit_words), 2**16, 2**11)
        code = np.ravel_multi_index(
            (centre[rows] + 1, analyte[rows], unit[rows], quarter, size + 2**10), sizes
        )
        found, n = np.unique(code, return_counts=True)
        at = np.unravel_index(found, sizes)
        self._add(at, n, (["", *centre_words], analyte_words, unit_words))

    def _add(self, at, n: Codes, words: tuple[list[str], ...]) -> None:
        texts = [
            pd.Categorical.from_codes(codes, pd.Index(names, dtype=object))
            for codes, names in zip(at[:3], words, strict=True)
        ]
        part = dict(zip(("centre_id", "analyte", "unit"), texts, strict=True))
        part |= {"quarter": at[3].astype(np.int32), "bin": at[4].astype(np.int32) - 2**10}
        self.parts.append(pd.DataFrame({**part, "n": n.astype(np.int64)}))
        self.pending += len(n)
        if self.pending > MOST_PENDING:
            self.parts = [self._together()]
            self.pending = 0

    def _together(self) -> pd.DataFrame:
        texts = {name: "object" for name in ("centre_id", "analyte", "unit")}
        whole = pd.concat([part.astype(texts) for part in self.parts], ignore_index=True)
        return whole.groupby([*KEYS, "bin"], sort=True, observed=True)["n"].sum().reset_index()

    def frame(self) -> pd.DataFrame:
        """``centre_id`` ('' for none), ``analyte``, ``quarter``, ``unit``, ``bin``, ``n``.

        ``bin`` is ``floor(8 log2(value × factor))``, missing for bounds and for 0 or less.
        """
        if not self.parts:
            return pd.DataFrame(
                {name: pd.Series(dtype="object") for name in (*KEYS, "bin", "n")}
            ).astype({"quarter": "int64", "bin": "Int64", "n": "int64"})
        whole = self._together()
        size = whole["bin"].astype("Int64").mask(whole["bin"] == -(2**10))
        return whole.assign(bin=size)[[*KEYS, "bin", "n"]]


def _bins(batch: pa.RecordBatch, rows: Codes, factor: NDArray[np.float64], column: str) -> Codes:
    """Bin of each row, ``-2**10`` for none; sizes beyond ±2**100 stand at the ends."""
    value = batch.column(column).fill_null(0.0).to_numpy(zero_copy_only=False)[rows] * factor
    comparator, words = codes_of(batch.column("comparator"))
    plain = value > 0
    if column == "value":
        plain &= comparator[rows] == words.index("")
    size = np.full(len(rows), -(2**10), dtype=np.int64)
    eighths = np.floor(BINS_PER_OCTAVE * np.log2(value[plain]))
    size[plain] = np.clip(eighths, -(2**10) + 1, 2**10 - 1).astype(np.int64)
    return size
