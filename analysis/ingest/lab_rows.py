"""Second pass over a bucket's laboratory rows: units, limits, people, repeats, order.

Ordered work, so arrays and not SQL: one sort by person, day and analyte, then comparisons of
neighbours (``lab_kernels``).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import cached_property
from typing import NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from analysis.ingest.lab_kernels import (
    ANALYTE_BITS,
    DAY_BITS,
    LEAST_DAY,
    UNMARKED,
    check_rows,
    mark_several,
    order_rows,
)
from analysis.ingest.laboratory import codes_of, quarters, unit_factors
from analysis.ingest.people_rules import LATE_SCOPE, UNKNOWN_PERSON
from analysis.ingest.staging import one_by_one
from data_schema.declarations import analytes

EPOCH = date(1970, 1, 1)
OUTSIDE = "value:outside_hard_limits"
AFTER, BEFORE = "sample_date:after_death", "sample_date:before_birth"
IMPLAUSIBLE = "unit:centre_unit_implausible"
RESOLVED = "unit:unit_resolved"
SOFT = "value:outside_soft_limits"
REPEATED = "patient_id:duplicate_row"

Codes = NDArray[np.int32]
Places = NDArray[np.int64]
Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]


class People(NamedTuple):
    """The known persons of a bucket, in the order of their ids; days since 1970, NaN for none."""

    patient_id: pa.Array
    birth: Floats
    death: Floats


class Marks:
    """A rule (or flag, or scope) for each row: the first one given stays."""

    def __init__(self, code: NDArray[np.int16], words: list[str]) -> None:
        self.code, self.words = code, words

    @classmethod
    def of(cls, column: pa.DictionaryArray) -> Marks:
        code, words = codes_of(column)
        return cls(code.astype(np.int16), words)

    def number(self, word: str) -> int:
        """The code of a word; from now on it has one."""
        if word not in self.words:
            self.words.append(word)
        return self.words.index(word)

    def give(self, rows: Mask, word: str) -> None:
        """Mark the ``rows`` (a mask) that have none yet."""
        self.give_at(np.flatnonzero(rows), word)

    def give_at(self, places: Places, word: str) -> None:
        """Mark the rows at ``places`` that have none yet."""
        self.code[places[self.code[places] == UNMARKED]] = self.number(word)

    @property
    def none(self) -> Mask:
        return self.code == UNMARKED

    def word(self, rows: NDArray) -> NDArray[np.object_]:
        return np.array([*self.words, ""], dtype=object)[self.code[rows]]


class LabRows:
    """A bucket's rows as staged, with what becomes of each."""

    def __init__(self, batches: Sequence[pa.RecordBatch]) -> None:
        self.table = pa.Table.from_batches(batches).unify_dictionaries().combine_chunks()
        self.rule = Marks.of(self.column("_rule"))
        self.flag = Marks.of(self.column("_flag"))
        self.scope = Marks.of(self.column("_out_of_scope"))
        self.resolved = Marks(np.full(self.n, UNMARKED, dtype=np.int16), [])
        self.in_scope = self.scope.none
        self.person = self.numbers("_person", -1).astype(np.int32, copy=False)
        self.day = self.numbers("sample_date", 0).astype(np.int32, copy=False)
        self.analyte, self.analytes = codes_of(self.column("analyte"))
        self.unit, self.units = codes_of(self.column("unit"))
        self.file, self.files = codes_of(self.column("_file"))
        self.record = self.numbers("_row", 0).astype(np.int64, copy=False)
        self.value_si = np.full(self.n, np.nan)

    @property
    def n(self) -> int:
        return self.table.num_rows

    def column(self, name: str) -> pa.Array:
        return self.table.column(name).combine_chunks()

    def numbers(self, name: str, missing: float) -> NDArray:
        cells = self.column(name)
        if pa.types.is_date(cells.type):
            cells = cells.cast(pa.int32())
        return cells.fill_null(missing).to_numpy(zero_copy_only=False)

    @property
    def used(self) -> Mask:
        return self.rule.none & self.scope.none

    @cached_property
    def centre(self) -> tuple[Codes, list[str]]:
        return codes_of(self.column("centre_id"))

    @cached_property
    def one_by_one(self) -> bool:
        return one_by_one(self.file, self.record)


def check(rows: LabRows, verdicts: pd.DataFrame, people: People, data_end: date) -> None:
    """Values in the canonical unit by the verdicts on their centre's units; after that, limits.

    What lies after the end of data is out of scope; after death or before birth, rejected.
    """
    factor = _factors(rows)
    rows.rule.give(rows.in_scope & np.isnan(factor), "unit:unknown_unit")
    at, _ = _judged(rows, verdicts[verdicts["verdict"] == "ambiguous"])
    rows.rule.give_at(at[rows.in_scope[at]], IMPLAUSIBLE)
    swapped = verdicts[verdicts["verdict"] == "swapped"]
    at, verdict = _judged(rows, swapped)
    factor[at] = swapped["factor"].to_numpy(np.float64)[verdict]
    rows.flag.give_at(at, RESOLVED)
    resolved = swapped["resolved"].to_numpy(object)[verdict]
    for name in sorted(set(resolved)):
        rows.resolved.give_at(at[resolved == name], name)
    codes = [rows.rule.number(word) for word in (OUTSIDE, UNKNOWN_PERSON, AFTER, BEFORE)]
    codes += [rows.flag.number(SOFT), rows.scope.number(LATE_SCOPE)]
    check_rows(
        *(rows.analyte, rows.person, rows.day, rows.numbers("value", np.nan), factor),
        *(_limits(rows.analytes), _lives(people), (data_end - EPOCH).days, tuple(codes)),
        *(rows.rule.code, rows.flag.code, rows.scope.code, rows.value_si),
    )


def _limits(names: Sequence[str]) -> Floats:
    """Hard and soft limits of each analyte, low before high; NaN for none."""
    declared = [analytes()[name] for name in names]
    nothing = (np.nan,) * 4
    return np.array([*((*a.hard, *a.soft) for a in declared), nothing], dtype=np.float64)


def _lives(people: People) -> Floats:
    """Birth and death of each person; the last row for nobody."""
    return np.append(np.stack([people.birth, people.death], axis=1), [[np.nan] * 2], axis=0)


def _factors(rows: LabRows) -> Floats:
    table = np.full((len(rows.analytes) + 1, len(rows.units) + 1), np.nan)
    table[:-1, :-1] = unit_factors(rows.analytes, rows.units)
    place = rows.analyte * table.shape[1] + rows.unit
    place[(rows.analyte < 0) | (rows.unit < 0)] = table.size - 1
    return table.ravel()[place]


def _judged(rows: LabRows, verdicts: pd.DataFrame) -> tuple[Places, Places]:
    """The rows that ``verdicts`` are on, and for each its place among these."""
    centre, centres = rows.centre
    sizes = (len(centres) + 1, len(rows.analytes) + 1, 2**16, len(rows.units) + 1)
    own = [
        pd.Index([*words], dtype=object).get_indexer(verdicts[name].to_numpy(object))
        for name, words in (
            ("centre_id", ["", *centres]),
            ("analyte", rows.analytes),
            ("unit", rows.units),
        )
    ]
    here = np.flatnonzero((own[0] >= 0) & (own[1] >= 0) & (own[2] >= 0))
    if len(here) == 0:
        return here, here
    looked_at = np.zeros(sizes[0], dtype=bool)  # few centres have such a verdict
    looked_at[own[0][here]] = True
    at = np.flatnonzero(looked_at[centre + 1])
    at = at[rows.analyte[at] >= 0]
    if len(at) == 0:
        return at, at
    quarter = verdicts["quarter"].to_numpy(np.int64)[here]
    keys = np.ravel_multi_index((own[0][here], own[1][here], quarter, own[2][here]), sizes)
    order = np.argsort(keys)
    day = quarters(rows.day[at]) % 2**16
    unit = rows.unit[at] % sizes[3]
    key = np.ravel_multi_index((centre[at] + 1, rows.analyte[at], day, unit), sizes)
    near = np.minimum(np.searchsorted(keys[order], key), len(keys) - 1)
    found = keys[order][near] == key
    return at[found], here[order][near[found]]


def in_order(rows: LabRows) -> Places:
    """Rows without a rule, by person, day, analyte, file and record; repeats get their rule.

    A repeat has the person, day, analyte, value and unit of an earlier record.
    """
    found = np.flatnonzero(rows.rule.none & rows.in_scope)
    if not rows.one_by_one:
        found = found[np.lexsort((rows.record[found], rows.file[found]))]
    order = _sorted(rows, found)
    _mark_repeats(rows, order)
    return order[rows.used[order]]


def _sorted(rows: LabRows, found: Places) -> Places:
    """``found`` by person, day and analyte; equals as they come."""
    by = (rows.person, rows.day, rows.analyte)
    people = int(rows.person[found].max()) + 1 if len(found) else 0
    order = np.empty(len(found), dtype=np.int64)
    if order_rows(found, *by, np.zeros(people + 1, dtype=np.int64), order) == len(found):
        return order
    key = rows.person[found].astype(np.int64) << DAY_BITS + ANALYTE_BITS
    key |= (rows.day[found].astype(np.int64) + LEAST_DAY) << ANALYTE_BITS
    return found[np.argsort(key | rows.analyte[found], kind="stable")]


def _mark_repeats(rows: LabRows, order: Places) -> None:
    several = np.zeros(len(order), dtype=np.uint8)
    if not mark_several(order, rows.person, rows.day, rows.analyte, several):
        return
    at = order[several.view(bool)]
    cells = {name: getattr(rows, name)[at] for name in ("person", "day", "analyte", "unit")}
    frame = pd.DataFrame({**cells, "value": rows.numbers("value", np.nan)[at]})
    rows.rule.give_at(at[frame.duplicated().to_numpy()], REPEATED)


def used_table(rows: LabRows, order: Places, people: People, columns: Sequence[str]) -> pa.Table:
    """The used rows: ``columns`` of the canonical table, ``_file``, ``_row``, value and person."""
    chosen = rows.table.select([c for c in columns if c != "patient_id"]).take(pa.array(order))
    person = rows.person[order].astype(np.int32)
    ids = pa.DictionaryArray.from_arrays(pa.array(person), people.patient_id)
    own = {"patient_id": ids, "centre_id": _own_words(rows.centre, order)}
    cells = {name: own[name] if name in own else chosen.column(name) for name in columns}
    cells |= {"value_si": pa.array(rows.value_si[order]), "person": pa.array(person)}
    return pa.table(cells)


def _own_words(column: tuple[Codes, list[str]], order: Places) -> pa.DictionaryArray:
    """A column's cells in ``order``, by those of its words that are there, in their order."""
    code, words = column
    own = code[order]
    used = np.bincount(own + 1, minlength=len(words) + 1)[1:] > 0
    kept = sorted(word for word, here in zip(words, used, strict=True) if here)
    place = {word: number for number, word in enumerate(kept)}
    again = np.array([*(place.get(word, -1) for word in words), -1], dtype=np.int32)[code[order]]
    return pa.DictionaryArray.from_arrays(
        pa.array(again, mask=again < 0), pa.array(kept, pa.string())
    )
