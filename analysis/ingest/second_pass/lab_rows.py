"""Second pass over a bucket's laboratory rows: units, limits, people, repeats, order.

Ordered work, so arrays and not SQL: one sort by person, day and analyte, then comparisons of
neighbours.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import cached_property

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from analysis.ingest.columns.encoded_columns import Codes, encode_sorted
from analysis.ingest.first_pass.people_rules import LATE_SCOPE, UNKNOWN_PERSON
from analysis.ingest.second_pass.bucket_rows import BucketRows, Floats, KnownPeople, Places
from analysis.ingest.second_pass.flags import RowFlags
from analysis.ingest.second_pass.unit_verdicts import NO_VERDICT, UnitSeries, UnitVerdicts
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
ANALYTE_BITS, DAY_BITS, LEAST_DAY = 5, 28, 2**26  # of person, day and analyte as one number


class LabRows(BucketRows):
    """Laboratory rows as staged, with what becomes of each."""

    def __init__(self, staged: pa.Table) -> None:
        super().__init__(staged)
        self.resolved = RowFlags.none_of(self.n)
        self.day = self.numbers("sample_date", 0).astype(np.int32, copy=False)
        self.analyte, self.analytes = self.codes_and_values("analyte")
        self.unit, self.units = self.codes_and_values("unit", np.int16)
        self.value_si = np.empty(self.n)

    @cached_property
    def value(self) -> Floats:
        return self.numbers("value", np.nan)

    @cached_property
    def centre(self) -> tuple[Codes, list[str]]:
        return self.codes_and_values("centre_id")


def check(rows: LabRows, verdicts: pd.DataFrame, people: KnownPeople, data_end: date) -> None:
    """Values in the canonical unit by the verdicts on their centre's units; flags of the rows.

    Rules are set in this order: the unit is not one of the analyte's, the centre's values fit no
    unit, the value is beyond a hard limit, the person is not known, had died, was not yet born. A
    row out of scope breaks none of them; what lies after the end of data is out of scope unless one
    of the first three rejects it. A limit or a date that is not known is not broken.
    """
    inside = rows.scope.unset
    _convert(rows, verdicts, inside)
    hard, soft = (_beyond(rows, limits) for limits in ("hard", "soft"))
    rows.rule.set_flag(inside & hard, OUTSIDE)
    rows.flag.set_flag(soft, SOFT)
    rows.scope.set_flag(rows.rule.unset & (rows.day > (data_end - EPOCH).days), LATE_SCOPE)
    birth, death = people.lifetimes(rows.person)
    rows.rule.set_flag(inside & (rows.person < 0), UNKNOWN_PERSON)
    rows.rule.set_flag(inside & (rows.day > death), AFTER)
    rows.rule.set_flag(inside & (rows.day < birth), BEFORE)


def _convert(rows: LabRows, verdicts: pd.DataFrame, inside: NDArray[np.bool_]) -> None:
    """``value_si``, by the unit as sent or, where a verdict says so, by the unit in truth."""
    factor = unit_factors(rows.analytes, rows.units)[rows.analyte, rows.unit]
    rows.rule.set_flag(inside & np.isnan(factor), NO_FACTOR)
    centre, centres = rows.centre
    declared = UnitVerdicts.of(verdicts, centres, rows.analytes, rows.units)
    verdict = declared.of_rows(UnitSeries(centre, rows.analyte, rows.unit, rows.day))
    judged = np.flatnonzero(verdict != NO_VERDICT)
    truth, unit = declared.factor[verdict[judged]], declared.resolved[verdict[judged]]
    fits = ~np.isnan(truth)
    rows.rule.set_flag_at(judged[~fits & inside[judged]], IMPLAUSIBLE)
    rows.flag.set_flag_at(judged[fits], RESOLVED)
    for name in filter(None, dict.fromkeys(declared.resolved)):
        rows.resolved.set_flag_at(judged[unit == name], name)
    factor[judged[fits]] = truth[fits]
    rows.value_si = rows.value * factor


def _beyond(rows: LabRows, limits: str) -> NDArray[np.bool_]:
    """Whether a value lies beyond the ``hard`` or ``soft`` limits of its analyte."""
    of_analytes = [getattr(analytes()[name], limits) for name in rows.analytes]
    low, high = np.array([*of_analytes, (np.nan, np.nan)], dtype=np.float64).T
    return (rows.value_si < low[rows.analyte]) | (rows.value_si > high[rows.analyte])


def in_order(rows: LabRows) -> Places:
    """Rows without a rule, by person, day, analyte, file and record; repeats get their rule.

    A repeat has the person, day, analyte, value and unit of an earlier record.
    """
    sound = rows.sound()
    key = rows.person[sound].astype(np.int64) << DAY_BITS + ANALYTE_BITS
    key |= (rows.day[sound].astype(np.int64) + LEAST_DAY) << ANALYTE_BITS
    key |= rows.analyte[sound]
    place = np.argsort(key, kind="stable")
    order, key = sound[place], key[place]
    same = key[1:] == key[:-1]  # as the next one
    if same.any():
        several = np.append(same, False) | np.append(False, same)
        _flag_repeats(rows, order[several])
    return rows.still_used(order)


def _flag_repeats(rows: LabRows, at: Places) -> None:
    cells = {name: getattr(rows, name)[at] for name in ("person", "day", "analyte", "unit")}
    frame = pd.DataFrame({**cells, "value": rows.value[at]})
    rows.rule.set_flag_at(at[frame.duplicated().to_numpy()], REPEATED)


def used_table(
    rows: LabRows, order: Places, people: KnownPeople, columns: Sequence[str]
) -> pa.Table:
    """The rows at ``order``: ``columns`` of the canonical table, value in its unit, and person."""
    at = pa.array(order)
    centre, centres = rows.centre
    person = pa.array(rows.person[order])
    own = {
        "patient_id": pa.DictionaryArray.from_arrays(person, people.patient_id),
        "centre_id": encode_sorted(centre[order], pa.array(centres, pa.string())),
    }
    chosen = rows.table.select([c for c in columns if c not in own]).take(at)
    cells = {name: own[name] if name in own else chosen.column(name) for name in columns}
    return pa.table({**cells, "value_si": pa.array(rows.value_si[order]), "person": person})
