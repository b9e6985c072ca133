"""Second pass over a bucket's rows of any table but labs: people, time, repeats, order.

Ordered work, so arrays and not SQL. A row keeps the first rule that it breaks: one it was staged
with; then that its person is not known, that it lies after death or before birth; then that it
repeats an earlier record.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from analysis.ingest.columns.encoded_columns import codes_of, encode_as_met, text_ranks
from analysis.ingest.first_pass.people_rules import EVENT_DATES, LATE_SCOPE, UNKNOWN_PERSON
from analysis.ingest.second_pass.bucket_rows import BucketRows, Floats, KnownPeople, Places
from data_schema.declarations import Table

EPOCH = date(1970, 1, 1)
ORDER = {  # before file and record
    "patients": ("patient_id",),
    "modality_spells": ("patient_id", "start_date"),
    "diagnoses": ("patient_id", "date"),
    "procedures": ("patient_id", "date"),
    "drugs": ("patient_id", "start_date"),
    "assessments": ("patient_id", "date"),
    "coverage": ("patient_id", "domain", "start_date"),
    "centres": ("centre_id",),
}
NO_DAY = -(2**31)
WIDEST = 2**62  # what a number of 64 bits holds

Keys = NDArray[np.int64]


def check(rows: BucketRows, declared: Table, people: KnownPeople | None, data_end: date) -> None:
    """Flag rows by the rules between tables, and repeats of a key.

    What lies after the end of data is out of scope; of nobody known, after death or before birth,
    rejected; so is a second row of a key. Rows that were staged as out of scope break none of
    these rules, and repeats are sought among rows that had no rule yet. ``people``: whom rows
    belong to, None for a table of no people.
    """
    sound = rows.sound()
    day = _event_days(rows, declared.name)
    late = rows.rule.unset & (day > (data_end - EPOCH).days)
    if people is not None:
        _check_people(rows, day, people, EVENT_DATES.get(declared.name, ""))
    key = row_keys(rows, declared.key, sound)
    repeated = sound[pd.Series(key).duplicated().to_numpy()]
    rows.rule.set_flag_at(repeated, f"{declared.key[0]}:duplicate_row")
    rows.scope.set_flag(late, LATE_SCOPE)


def _event_days(rows: BucketRows, name: str) -> Floats:
    """Days since 1970 of each row's event; NaN where it has none."""
    if name not in EVENT_DATES:
        return np.full(rows.n, np.nan)
    day = rows.column(EVENT_DATES[name]).cast(pa.int32()).cast(pa.float64())
    return day.fill_null(np.nan).to_numpy(zero_copy_only=False)


def _check_people(rows: BucketRows, day: Floats, people: KnownPeople, event: str) -> None:
    inside = rows.scope.unset
    birth, death = people.lifetimes(rows.person)
    rows.rule.set_flag(inside & (rows.person < 0), UNKNOWN_PERSON)
    rows.rule.set_flag(inside & (day > death), f"{event}:after_death")
    rows.rule.set_flag(inside & (day < birth), f"{event}:before_birth")


def in_order(rows: BucketRows, name: str) -> Places:
    """The rows that are used, in the order of their table, then of file and record."""
    found = rows.still_used(rows.sound())
    return found[np.argsort(row_keys(rows, ORDER[name], found), kind="stable")]


def row_keys(rows: BucketRows, columns: Sequence[str], places: Places) -> Keys:
    """A number for each of the rows at ``places``: equal, or in order, as the ``columns`` are.

    An empty cell is equal to another one and before all others.
    """
    key, size = np.zeros(len(places), dtype=np.int64), 1
    if len(places) == 0:
        return key
    for name in columns:
        cells = _sortable(rows, name)[places].astype(np.int64)
        least = cells.min()
        width = int(cells.max() - least) + 1
        if size * width > WIDEST:
            _, key = np.unique(key, return_inverse=True)
            size = int(key.max()) + 1
        key = key * width + (cells - least)
        size *= width
    return key


def _sortable(rows: BucketRows, name: str) -> NDArray:
    """Whole numbers in the order of a column's cells, the least for an empty one."""
    if name == "patient_id" and name not in rows.table.column_names:
        return rows.person  # numbered in the order of their ids
    if pa.types.is_date(rows.column(name).type):
        return rows.numbers(name, NO_DAY)
    column = rows.encoded(name)
    return text_ranks(column.dictionary)[codes_of(column)]


def used_table(
    rows: BucketRows, order: Places, people: KnownPeople | None, columns: Sequence[str]
) -> pa.Table:
    """The rows at ``order``: ``columns`` of the canonical table, and the person if it has one."""
    own = {}
    if people is not None:
        person = rows.person[order]
        own = {"patient_id": people.patient_id.take(pa.array(person)), "person": pa.array(person)}
    chosen = rows.table.select([c for c in columns if c not in own]).take(pa.array(order))
    cells = {c: own[c] if c in own else _present_values(chosen.column(c)) for c in columns}
    return pa.table({**cells, **own})


def _present_values(cells: pa.ChunkedArray) -> pa.ChunkedArray | pa.Array:
    """A dictionary-encoded column without the values that do not occur in it."""
    if not pa.types.is_dictionary(cells.type):
        return cells
    whole = cells.combine_chunks()
    return encode_as_met(codes_of(whole), whole.dictionary)
