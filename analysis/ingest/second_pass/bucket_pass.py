"""Second pass: a bucket's staged rows become its typed tables and its part of the account.

A bucket that was finished before a run was cut short is not done again.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import NamedTuple

import pandas as pd
import pyarrow as pa

from analysis import store
from analysis.ingest.columns.column_types import typed_names
from analysis.ingest.columns.staging import staged_rows
from analysis.ingest.first_pass.buckets import bucket_file
from analysis.ingest.second_pass import lab_rows, row_outcomes, table_rows
from analysis.ingest.second_pass.bucket_rows import BucketRows, KnownPeople, Places
from analysis.ingest.second_pass.cross_table import count_flags, cross_table_flags, rule_columns
from data_schema.declarations import table

COUNTED = [*row_outcomes.OUTCOME, "n"]
MADE_HERE = {"_file", "_row", "person", "value_si"}  # columns that every row that is used has


class BucketTask(NamedTuple):
    """One bucket to finish; ``tables`` in their order, patients first."""

    out: Path
    number: int
    tables: tuple[str, ...]
    data_end: date
    precision: str


class Finished(NamedTuple):
    """Outcomes of a table's rows in one bucket."""

    used: pa.Table
    outcomes: pd.DataFrame
    rejected: pd.DataFrame
    by_record: pd.DataFrame


def finish_bucket(task: BucketTask) -> dict:
    """Write the tables of a bucket; its counts: ``outcomes`` of rows and of the records they
    came from (``by_record``) by table, and ``conversions``."""
    work = task.out / store.WORK
    done = work / "done" / f"{task.number:04d}.json"
    if done.exists():
        return store.read_json(done)
    counts: dict = {"outcomes": {}, "by_record": {}, "conversions": []}
    rejects, frames = [], {}
    people = None
    for place, name in enumerate(task.tables):
        finished = _finish_table(task, name, people, counts)
        if name == "patients":
            people = KnownPeople.of(finished.used)
        frames[name] = rule_columns(name, finished.used)
        if task.number == 0 or name != "centres":
            _write(task, name, finished, counts)
            rejects.append(finished.rejected.assign(place=place))
    flags = cross_table_flags(frames, task.precision)
    counts["flags"] = [[*key, n] for key, n in sorted(count_flags(flags).items())]
    store.write_frame(task.out / "flags" / bucket_file(task.number), flags)
    store.write_frame(work / "rejects" / bucket_file(task.number), _rejects(rejects))
    store.write_json(done, counts)
    return counts


def _finish_table(
    task: BucketTask, name: str, people: KnownPeople | None, counts: dict
) -> Finished:
    """Finish the rows of one table; the centres of the first bucket are those of all."""
    folder = task.out / store.WORK / "rows" / name
    staged = staged_rows(folder, 0 if name == "centres" else task.number)
    if name == "labs" and people is not None:
        return _finish_labs(task, staged, people, counts)
    return _finish_others(task, name, staged, None if name == "centres" else people)


def _write(task: BucketTask, name: str, finished: Finished, counts: dict) -> None:
    used = finished.used.cast(_without_gaps(name, finished.used.schema))
    path = task.out / name / bucket_file(task.number)
    store.write_table(path, used, False, bytewise=("_row",))
    counts["outcomes"][name] = finished.outcomes[COUNTED].to_numpy(object).tolist()
    counts["by_record"][name] = finished.by_record[COUNTED].to_numpy(object).tolist()


def _without_gaps(name: str, schema: pa.Schema) -> pa.Schema:
    """No cell of a required column is missing in a row that is used, nor one of those that are
    made here."""
    full = {c.name for c in table(name).columns if c.required} | MADE_HERE
    return pa.schema([field.with_nullable(field.name not in full) for field in schema])


def _finish_labs(task: BucketTask, staged: pa.Table, people: KnownPeople, counts: dict) -> Finished:
    rows = lab_rows.LabRows(staged)
    verdicts = store.read_frame(task.out / "unit_verdicts.parquet")
    lab_rows.check(rows, verdicts, people, task.data_end)
    order = lab_rows.in_order(rows)
    counts["conversions"] = row_outcomes.conversions(rows, order).to_numpy(object).tolist()
    used = lab_rows.used_table(rows, order, people, used_columns("labs"))
    return _finished(rows, used, row_outcomes.one_row_a_record(rows, rows.rule.code))


def _finish_others(
    task: BucketTask, name: str, staged: pa.Table, people: KnownPeople | None
) -> Finished:
    rows = BucketRows(staged)
    table_rows.check(rows, table(name), people, task.data_end)
    order = table_rows.in_order(rows, name)
    used = table_rows.used_table(rows, order, people, used_columns(name))
    return _finished(rows, used, row_outcomes.one_row_a_record(rows, rows.rule.rank))


def _finished(rows: BucketRows, used: pa.Table, chosen: Places | None) -> Finished:
    """``chosen``: the row that decides the outcome of each record; None where all do."""
    outcomes = row_outcomes.outcomes(rows)
    by_record = outcomes if chosen is None else row_outcomes.outcomes(rows, chosen)
    return Finished(used, outcomes, row_outcomes.rejected(rows), by_record)


def used_columns(name: str) -> list[str]:
    """The columns of a canonical table that the next stage reads."""
    return [*typed_names(table(name).columns), "_file", "_row"]


def _rejects(frames: list[pd.DataFrame]) -> pd.DataFrame:
    """``place`` of the table, ``broken`` (not cut into cells), ``file, row, column, rule``."""
    whole = pd.concat(frames, ignore_index=True)
    places = [rule.partition(":") for rule in whole["rule"]]
    return pd.DataFrame(
        {
            "place": whole["place"].astype("int64"),
            "broken": False,
            "file": whole["file"].astype("string"),
            "row": whole["row"].astype("int64"),
            "column": pd.Series([column for column, _, _ in places], dtype="string"),
            "rule": pd.Series([rule for _, _, rule in places], dtype="string"),
        }
    )
