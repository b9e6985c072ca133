"""Second pass over a bucket's laboratory rows: units, limits, people, repeats, order.

Ordered work, so NumPy and not SQL: one sort by person, day and analyte, then comparisons of
neighbours.
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

from analysis.ingest.laboratory import codes_of, quarters, unit_factors
from analysis.ingest.people_rules import LATE_SCOPE, UNKNOWN_PERSON
from analysis.ingest.staging import one_by_one
from data_schema.declarations import analytes

EPOCH = date(1970, 1, 1)
IMPLAUSIBLE = "unit:centre_unit_implausible"
RESOLVED = "unit:unit_resolved"
SOFT = "value:outside_soft_limits"
REPEATED = "patient_id:duplicate_row"
FATES = ("rule", "flag", "scope")

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

    def __init__(self, code: Codes, words: list[str]) -> None:
        self.code, self.words = code, words

    def give(self, rows: Mask, word: str) -> None:
        """Mark the ``rows`` (a mask) that have none yet."""
        self.give_at(np.flatnonzero(rows), word)

    def give_at(self, places: Places, word: str) -> None:
        """Mark the rows at ``places`` that have none yet."""
        if word not in self.words:
            self.words.append(word)
        self.code[places[self.code[places] < 0]] = self.words.index(word)

    @property
    def none(self) -> Mask:
        return self.code < 0

    def word(self, rows: NDArray) -> NDArray[np.object_]:
        return np.array([*self.words, ""], dtype=object)[self.code[rows]]


class LabRows:
    """A bucket's rows as staged, with what becomes of each."""

    def __init__(self, batches: Sequence[pa.RecordBatch]) -> None:
        self.table = pa.Table.from_batches(batches).unify_dictionaries().combine_chunks()
        self.rule = Marks(*codes_of(self.column("_rule")))
        self.flag = Marks(*codes_of(self.column("_flag")))
        self.scope = Marks(*codes_of(self.column("_out_of_scope")))
        self.resolved = Marks(np.full(self.n, -1, dtype=np.int32), [])
        self.in_scope = self.scope.none
        self.person = self.numbers("_person", -1).astype(np.int32)
        self.day = self.numbers("sample_date", 0).astype(np.int32)
        self.analyte, self.analytes = codes_of(self.column("analyte"))
        self.unit, self.units = codes_of(self.column("unit"))
        self.file, self.files = codes_of(self.column("_file"))
        self.record = self.numbers("_row", 0).astype(np.int64)
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
    def value(self) -> Floats:
        return self.numbers("value", np.nan)

    @cached_property
    def one_by_one(self) -> bool:
        return one_by_one(self.file, self.record)


def convert(rows: LabRows, verdicts: pd.DataFrame) -> None:
    """Values in the canonical unit by the verdicts on their centre's units; limits after that."""
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
    rows.value_si = rows.value * factor
    _limit(rows)


def _factors(rows: LabRows) -> Floats:
    table = np.full((len(rows.analytes) + 1, len(rows.units) + 1), np.nan)
    table[:-1, :-1] = unit_factors(rows.analytes, rows.units)
    return table[rows.analyte, rows.unit]


def _limit(rows: LabRows) -> None:
    declared = [analytes()[name] for name in rows.analytes]
    outside = []
    for limits in ([a.hard for a in declared], [a.soft for a in declared]):
        low, high = np.array([*limits, (np.nan, np.nan)]).T  # the last: no analyte
        with np.errstate(invalid="ignore"):
            outside.append(
                (rows.value_si < low[rows.analyte]) | (rows.value_si > high[rows.analyte])
            )
    rows.rule.give(rows.in_scope & outside[0], "value:outside_hard_limits")
    rows.flag.give(outside[1], SOFT)


def _judged(rows: LabRows, verdicts: pd.DataFrame) -> tuple[Places, Places]:
    """The rows that ``verdicts`` are on, and for each its place among these."""
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
    looked_at = np.zeros(sizes[:2], dtype=bool)  # few centres have such a verdict
    looked_at[own[0][here], own[1][here]] = True
    at = np.flatnonzero(looked_at[centre + 1, rows.analyte])
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


def place_in_time(rows: LabRows, people: People, data_end: date) -> None:
    """What lies after the end of data is out of scope; after death or before birth, rejected."""
    late = rows.day > (data_end - EPOCH).days
    rows.scope.give(rows.rule.none & late, LATE_SCOPE)
    person = rows.person
    rows.rule.give(rows.in_scope & (person < 0), UNKNOWN_PERSON)
    birth, death = np.append(people.birth, np.nan), np.append(people.death, np.nan)
    rows.rule.give(rows.in_scope & (rows.day > death[person]), "sample_date:after_death")
    rows.rule.give(rows.in_scope & (rows.day < birth[person]), "sample_date:before_birth")


def in_order(rows: LabRows) -> Places:
    """Rows without a rule, by person, day, analyte, file and record; repeats get their rule.

    A repeat has the person, day, analyte, value and unit of an earlier record.
    """
    found = np.flatnonzero(rows.rule.none & rows.in_scope)
    if not rows.one_by_one:
        found = found[np.lexsort((rows.record[found], rows.file[found]))]
    person = rows.person[found]
    if len(found) and int(person.max()) < 2**16:  # sorted by counting; most have the days in order
        found = found[np.argsort(person.astype(np.uint16), kind="stable")]
    key = rows.person[found].astype(np.int64) << 27
    key |= ((rows.day[found].astype(np.int64) + 2**22) << 4) | rows.analyte[found]
    if (key[1:] < key[:-1]).any():
        order = np.argsort(key, kind="stable")
        found, key = found[order], key[order]
    same = key[1:] == key[:-1]
    if same.any():
        _mark_repeats(rows, found, key, same)
        found = found[rows.rule.none[found]]
    return found[rows.scope.none[found]]


def _mark_repeats(rows: LabRows, found: Places, key: Places, same: Mask) -> None:
    several = np.append(same, False) | np.append(False, same)
    at = found[several]
    frame = pd.DataFrame({"key": key[several], "value": rows.value[at], "unit": rows.unit[at]})
    rows.rule.give_at(at[frame.duplicated().to_numpy()], REPEATED)


def used_table(rows: LabRows, order: Places, people: People, columns: Sequence[str]) -> pa.Table:
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
    if rows.one_by_one:
        return None
    worse = np.where(rows.used, 0, np.where(rows.rule.none, 2, 1))
    order = np.lexsort((rows.scope.code, rows.rule.code, worse, rows.record, rows.file))
    file, record = rows.file[order], rows.record[order]
    new = np.append(True, (np.diff(file) != 0) | (np.diff(record) != 0))
    return None if new.all() else order[new[: len(order)]]


def fates(rows: LabRows, chosen: NDArray | None = None) -> pd.DataFrame:
    """Counts of rows (all, or those ``chosen``) by ``file``, ``rule``, ``flag`` and ``scope``."""
    marks = (rows.rule, rows.flag, rows.scope)
    codes = {"file": rows.file} | {
        name: mark.code + 1 for name, mark in zip(FATES, marks, strict=True)
    }
    words = {"file": rows.files} | {
        name: ["", *mark.words] for name, mark in zip(FATES, marks, strict=True)
    }
    if chosen is not None:
        codes = {name: code[chosen] for name, code in codes.items()}
    return _counted(codes, words)


def _counted(codes: dict[str, Codes], words: dict[str, list[str]]) -> pd.DataFrame:
    """How many rows (``n``) have each combination of words, of those that occur."""
    sizes = [len(words[name]) for name in codes]
    counts = np.bincount(np.ravel_multi_index(tuple(codes.values()), sizes))
    found = np.flatnonzero(counts)
    at = np.unravel_index(found, sizes)
    cells = {
        name: np.array(words[name], dtype=object)[code]
        for name, code in zip(codes, at, strict=True)
    }
    return pd.DataFrame({**cells, "n": counts[found]})


def rejected(rows: LabRows) -> pd.DataFrame:
    """``file``, ``row``, ``rule`` of each rejected row."""
    found = np.flatnonzero(~rows.rule.none)
    return pd.DataFrame(
        {
            "file": np.array(rows.files, dtype=object)[rows.file[found]],
            "row": rows.record[found],
            "rule": rows.rule.word(found),
        }
    )


def conversions(rows: LabRows, used: Places) -> pd.DataFrame:
    """Rows ``used`` by ``analyte``, ``unit`` as sent and ``resolved`` ('': that is the unit)."""
    codes = {
        "analyte": rows.analyte[used],
        "unit": rows.unit[used],
        "resolved": rows.resolved.code[used] + 1,
    }
    words = {
        "analyte": rows.analytes,
        "unit": rows.units,
        "resolved": ["", *rows.resolved.words],
    }
    return _counted(codes, words)
