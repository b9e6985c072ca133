"""Second pass over a bucket's laboratory rows: units, limits, people, repeats, order.

Ordered work, so arrays and not SQL: one sort by person, day and analyte, then comparisons of
neighbours (``lab_kernels``).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import cached_property

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from analysis.ingest.columns.encoded_columns import Codes, words_by_text
from analysis.ingest.columns.row_kernels import UNMARKED
from analysis.ingest.first_pass.people_rules import LATE_SCOPE, UNKNOWN_PERSON
from analysis.ingest.second_pass.bucket_rows import BucketRows, Floats, People, Places
from analysis.ingest.second_pass.flags import Marks
from analysis.ingest.second_pass.lab_kernels import (
    ANALYTE_BITS,
    DAY_BITS,
    LEAST_DAY,
    check_rows,
    find_verdicts,
    mark_several,
    order_rows,
)
from analysis.ingest.second_pass.unit_verdicts import coded_verdicts
from analysis.ingest.units.centre_units import unit_factors
from data_schema.declarations import analytes

EPOCH = date(1970, 1, 1)
NO_FACTOR = "unit:unknown_unit"
OUTSIDE = "value:outside_hard_limits"
AFTER, BEFORE = "sample_date:after_death", "sample_date:before_birth"
IMPLAUSIBLE = "unit:centre_unit_implausible"
RESOLVED = "unit:unit_resolved"
SOFT = "value:outside_soft_limits"
REPEATED = "patient_id:duplicate_row"
RULES = (NO_FACTOR, IMPLAUSIBLE, OUTSIDE, UNKNOWN_PERSON, AFTER, BEFORE)


class LabRows(BucketRows):
    """Laboratory rows as staged, with what becomes of each."""

    def __init__(self, staged: pa.Table) -> None:
        super().__init__(staged)
        self.resolved = Marks.without(self.n)
        self.day = self.numbers("sample_date", 0).astype(np.int32, copy=False)
        self.analyte, self.analytes = self.coded("analyte")
        self.unit, self.units = self.coded("unit", np.int16)
        self.value_si = np.empty(self.n)

    @cached_property
    def value(self) -> Floats:
        return self.numbers("value", np.nan)

    @cached_property
    def centre(self) -> tuple[Codes, list[str]]:
        return self.coded("centre_id")


def check(rows: LabRows, verdicts: pd.DataFrame, people: People, data_end: date) -> None:
    """Values in the canonical unit by the verdicts on their centre's units; after that, limits.

    What lies after the end of data is out of scope; after death or before birth, rejected.
    """
    verdict, truths, units = _judged(rows, verdicts)
    codes = [rows.rule.number(word) for word in RULES]
    codes += [rows.flag.number(word) for word in (RESOLVED, SOFT)]
    codes += [rows.scope.number(LATE_SCOPE)]
    check_rows(
        *(rows.analyte, rows.unit, rows.person, rows.day, rows.value, verdict, _factors(rows)),
        *(
            truths,
            units,
            _limits(rows.analytes),
            people.lives,
            (data_end - EPOCH).days,
            tuple(codes),
        ),
        *(rows.rule.code, rows.flag.code, rows.scope.code, rows.resolved.code, rows.value_si),
    )


def _judged(rows: LabRows, verdicts: pd.DataFrame) -> tuple[Places, Floats, NDArray[np.int16]]:
    """Place of the verdict on each row's unit, -1 for none; of each verdict its factor and the
    code of the unit in truth."""
    centre, centres = rows.centre
    coded = coded_verdicts(verdicts, centres, rows.analytes, rows.units)
    verdict = np.empty(rows.n, dtype=np.int32)
    series = (centre, rows.analyte, rows.unit, rows.day)
    find_verdicts(*series, coded.looked_at, coded.starts, coded.ends, verdict)
    code = [rows.resolved.number(word) if word else UNMARKED for word in coded.resolved]
    return verdict, coded.factor, np.array(code, dtype=np.int16)


def _limits(names: Sequence[str]) -> Floats:
    """Hard and soft limits of each analyte, low before high; NaN for none."""
    declared = [analytes()[name] for name in names]
    nothing = (np.nan,) * 4
    return np.array([*((*a.hard, *a.soft) for a in declared), nothing], dtype=np.float64)


def _factors(rows: LabRows) -> Floats:
    """Of each analyte and unit; the last of each for none."""
    table = np.full((len(rows.analytes) + 1, len(rows.units) + 1), np.nan)
    table[:-1, :-1] = unit_factors(rows.analytes, rows.units)
    return table


def in_order(rows: LabRows) -> Places:
    """Rows without a rule, by person, day, analyte, file and record; repeats get their rule.

    A repeat has the person, day, analyte, value and unit of an earlier record.
    """
    order = _sorted(rows, rows.sound())
    _mark_repeats(rows, order)
    return rows.still_used(order)


def _sorted(rows: LabRows, found: Places) -> Places:
    """``found`` by person, day and analyte; equals as they come."""
    by = (rows.person, rows.day, rows.analyte)
    people = int(rows.person.max(initial=-1)) + 1
    order = np.empty(len(found), dtype=np.int32)
    if order_rows(found, *by, np.zeros(people + 1, dtype=np.int32), order) == len(found):
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
    frame = pd.DataFrame({**cells, "value": rows.value[at]})
    rows.rule.give_at(at[frame.duplicated().to_numpy()], REPEATED)


def used_table(rows: LabRows, order: Places, people: People, columns: Sequence[str]) -> pa.Table:
    """The rows at ``order``: ``columns`` of the canonical table, value in its unit, and person."""
    at = pa.array(order)
    centre, centres = rows.centre
    person = pa.array(rows.person).take(at)
    own = {
        "patient_id": pa.DictionaryArray.from_arrays(person, people.patient_id),
        "centre_id": words_by_text(
            pa.array(centre).take(at).to_numpy(), pa.array(centres, pa.string())
        ),
    }
    chosen = rows.table.select([c for c in columns if c not in own]).take(at)
    cells = {name: own[name] if name in own else chosen.column(name) for name in columns}
    return pa.table({**cells, "value_si": pa.array(rows.value_si).take(at), "person": person})
