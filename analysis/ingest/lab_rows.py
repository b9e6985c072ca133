"""Second pass over a bucket's laboratory rows: units, limits, people, repeats, order.

Ordered work, so NumPy and not SQL: one sort by person, day and analyte, then comparisons of
neighbours.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from analysis.ingest.laboratory import codes_of, quarters, unit_factors
from analysis.ingest.people_rules import LATE_SCOPE, UNKNOWN_PERSON
from data_schema.declarations import analytes

EPOCH = date(1970, 1, 1)
IMPLAUSIBLE = "unit:centre_unit_implausible"
RESOLVED = "unit:unit_resolved"
SOFT = "value:outside_soft_limits"
REPEATED = "patient_id:duplicate_row"

Codes = NDArray[np.int64]
Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]


class People(NamedTuple):
    """The known persons of a bucket, in the order of their ids; days since 1970, NaN for none."""

    patient_id: pa.Array
    birth: Floats
    death: Floats


class Marks:
    """A rule (or flag, or scope) for each row: the first one given stays."""

    def __init__(self, column: pa.DictionaryArray) -> None:
        self.code, self.words = codes_of(column)

    def give(self, rows: Mask, word: str) -> None:
        if word not in self.words:
            self.words.append(word)
        self.code[rows & (self.code < 0)] = self.words.index(word)

    @property
    def none(self) -> Mask:
        return self.code < 0

    def word(self, rows: NDArray) -> NDArray[np.object_]:
        return np.array([*self.words, ""], dtype=object)[self.code[rows]]


class LabRows:
    """A bucket's rows as staged, with what becomes of each."""

    def __init__(self, batches: Sequence[pa.RecordBatch]) -> None:
        self.table = pa.Table.from_batches(batches).unify_dictionaries().combine_chunks()
        self.rule = Marks(self.column("_rule"))
        self.flag = Marks(self.column("_flag"))
        self.scope = Marks(self.column("_out_of_scope").dictionary_encode())
        self.in_scope = self.scope.none
        self.person = self.numbers("_person", -1).astype(np.int64)
        self.day = self.numbers("sample_date", 0).astype(np.int64)
        self.analyte, self.analytes = codes_of(self.column("analyte"))
        self.unit, self.units = codes_of(self.column("unit"))
        self.value_si = np.full(self.table.num_rows, np.nan)
        self.resolved = Marks(
            pa.array([None] * self.table.num_rows, pa.string()).dictionary_encode()
        )

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


def convert(rows: LabRows, verdicts: pd.DataFrame) -> None:
    """Values in the canonical unit by the verdicts on their centre's units; limits after that."""
    factor = _factors(rows)
    place = _verdict_of_each(rows, verdicts)
    judged = place >= 0
    verdict = np.full(len(place), "", dtype=object)
    rows.rule.give(rows.in_scope & np.isnan(factor), "unit:unknown_unit")
    for kind in ("ambiguous", "swapped"):
        of_kind = verdicts["verdict"].to_numpy() == kind
        if not of_kind.any():
            continue
        here = judged & of_kind[place]
        verdict[here] = kind
        if kind == "ambiguous":
            rows.rule.give(rows.in_scope & here, IMPLAUSIBLE)
            continue
        factor[here] = verdicts["factor"].to_numpy(np.float64)[place[here]]
        rows.flag.give(here, RESOLVED)
        for name in sorted(set(verdicts["resolved"][of_kind])):
            named = verdicts["resolved"].to_numpy() == name
            rows.resolved.give(here & named[place], name)
    rows.value_si[:] = rows.numbers("value", np.nan) * factor
    _limit(rows)


def _factors(rows: LabRows) -> Floats:
    table = np.full((len(rows.analytes) + 1, len(rows.units) + 1), np.nan)
    table[:-1, :-1] = unit_factors(rows.analytes, rows.units)
    return table[rows.analyte, rows.unit]


def _limit(rows: LabRows) -> None:
    declared = [analytes()[name] for name in rows.analytes]
    unlimited = (np.nan, np.nan)  # the last row: no analyte
    hard = np.array([*(a.hard for a in declared), unlimited])[rows.analyte]
    soft = np.array([*(a.soft for a in declared), unlimited])[rows.analyte]
    value = rows.value_si
    with np.errstate(invalid="ignore"):
        beyond = (value < hard[:, 0]) | (value > hard[:, 1])
        unusual = (value < soft[:, 0]) | (value > soft[:, 1])
    rows.rule.give(rows.in_scope & beyond, "value:outside_hard_limits")
    rows.flag.give(unusual, SOFT)


def _verdict_of_each(rows: LabRows, verdicts: pd.DataFrame) -> Codes:
    """Row of ``verdicts`` for each row, -1 where there is none."""
    centre, centres = codes_of(rows.column("centre_id"))
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
        return np.full(len(centre), -1, dtype=np.int64)
    quarter = verdicts["quarter"].to_numpy(np.int64)[here]
    keys = np.ravel_multi_index((own[0][here], own[1][here], quarter, own[2][here]), sizes)
    order = np.argsort(keys)
    key = np.ravel_multi_index(
        (centre + 1, rows.analyte % sizes[1], quarters(rows.day) % 2**16, rows.unit % sizes[3]),
        sizes,
    )
    at = np.minimum(np.searchsorted(keys[order], key), len(keys) - 1)
    return np.where(keys[order][at] == key, here[order][at], -1)


def place_in_time(rows: LabRows, people: People, data_end: date) -> None:
    """What lies after the end of data is out of scope; after death or before birth, rejected."""
    late = rows.day > (data_end - EPOCH).days
    rows.scope.give(rows.rule.none & late, LATE_SCOPE)
    person = rows.person
    rows.rule.give(rows.in_scope & (person < 0), UNKNOWN_PERSON)
    birth, death = np.append(people.birth, np.nan), np.append(people.death, np.nan)
    rows.rule.give(rows.in_scope & (rows.day > death[person]), "sample_date:after_death")
    rows.rule.give(rows.in_scope & (rows.day < birth[person]), "sample_date:before_birth")


def in_order(rows: LabRows) -> Codes:
    """Rows without a rule, by person, day, analyte, file and record; repeats get their rule.

    A repeat has the person, day, analyte, value and unit of an earlier record.
    """
    found = np.flatnonzero(rows.rule.none & rows.in_scope)
    file, _ = codes_of(rows.column("_file"))
    record = (file << 44) + rows.numbers("_row", 0)
    found = found[np.argsort(record[found], kind="stable")]
    key = (rows.person[found] << 27) | ((rows.day[found] + 2**22) << 4) | rows.analyte[found]
    order = np.argsort(key, kind="stable")
    found, key = found[order], key[order]
    same = key[1:] == key[:-1]
    if same.any():
        _mark_repeats(rows, found, key, same)
    return found[rows.used[found]]


def _mark_repeats(rows: LabRows, found: Codes, key: Codes, same: Mask) -> None:
    several = np.append(same, False) | np.append(False, same)
    at = found[several]
    value = rows.numbers("value", np.nan)[at]
    frame = pd.DataFrame({"key": key[several], "value": value, "unit": rows.unit[at]})
    again = np.zeros(len(rows.day), dtype=bool)
    again[at[frame.duplicated().to_numpy()]] = True
    rows.rule.give(again, REPEATED)


def used_table(rows: LabRows, order: Codes, people: People, columns: Sequence[str]) -> pa.Table:
    """The used rows: ``columns`` of the canonical table, ``_file``, ``_row``, value and person."""
    chosen = rows.table.select([c for c in columns if c != "patient_id"]).take(pa.array(order))
    person = rows.person[order].astype(np.int32)
    ids = pa.DictionaryArray.from_arrays(pa.array(person), people.patient_id)
    cells = {name: ids if name == "patient_id" else chosen.column(name) for name in columns}
    cells |= {"value_si": pa.array(rows.value_si[order]), "person": pa.array(person)}
    return pa.table(cells)


def one_a_record(rows: LabRows) -> NDArray | None:
    """The row that says what became of each record: a used one, else a rejected one.

    None where every record is one row.
    """
    file, _ = codes_of(rows.column("_file"))
    record = rows.numbers("_row", 0).astype(np.int64)
    ahead = (np.diff(file) == 0) & (np.diff(record) > 0)
    if np.count_nonzero(~ahead) == 0:
        return None
    worse = np.where(rows.used, 0, np.where(rows.rule.none, 2, 1))
    order = np.lexsort((rows.scope.code, rows.rule.code, worse, record, file))
    new = np.append(True, (np.diff(file[order]) != 0) | (np.diff(record[order]) != 0))
    return None if new.all() else order[new[: len(order)]]


def fates(rows: LabRows, chosen: NDArray | None = None) -> pd.DataFrame:
    """Counts of rows (all, or those ``chosen``) by ``file``, ``rule``, ``flag`` and ``scope``."""
    file, files = codes_of(rows.column("_file"))
    codes = (file, rows.rule.code + 1, rows.flag.code + 1, rows.scope.code + 1)
    if chosen is not None:
        codes = tuple(code[chosen] for code in codes)
    words = (files, ["", *rows.rule.words], ["", *rows.flag.words], ["", *rows.scope.words])
    sizes = [len(w) for w in words]
    counts = np.bincount(np.ravel_multi_index(codes, sizes))
    found = np.flatnonzero(counts)
    at = np.unravel_index(found, sizes)
    names = ("file", "rule", "flag", "scope")
    cells = {
        name: np.array(w, dtype=object)[code]
        for name, w, code in zip(names, words, at, strict=True)
    }
    return pd.DataFrame({**cells, "n": counts[found]})


def rejected(rows: LabRows) -> pd.DataFrame:
    """``file``, ``row``, ``rule`` of each rejected row."""
    found = np.flatnonzero(~rows.rule.none)
    file, files = codes_of(rows.column("_file"))
    return pd.DataFrame(
        {
            "file": np.array(files, dtype=object)[file[found]],
            "row": rows.numbers("_row", 0)[found],
            "rule": rows.rule.word(found),
        }
    )


def conversions(rows: LabRows) -> pd.DataFrame:
    """Used rows by ``analyte``, ``unit`` as sent and ``resolved`` ('' where that is the unit)."""
    found = np.flatnonzero(rows.used)
    words = (rows.analytes, rows.units, [*rows.resolved.words, ""])
    sizes = [len(w) for w in words]
    resolved = rows.resolved.code[found] % sizes[2]
    counts = np.bincount(
        np.ravel_multi_index((rows.analyte[found], rows.unit[found], resolved), sizes)
    )
    at = np.unravel_index(np.flatnonzero(counts), sizes)
    names = ("analyte", "unit", "resolved")
    cells = {
        name: np.array(w, dtype=object)[code]
        for name, w, code in zip(names, words, at, strict=True)
    }
    return pd.DataFrame({**cells, "n": counts[counts > 0]})
