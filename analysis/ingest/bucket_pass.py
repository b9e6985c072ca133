"""Second pass: a bucket's staged rows become its typed tables and its part of the account.

A bucket that was finished before a run was cut short is not done again.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import NamedTuple

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa

from analysis import store
from analysis.ingest import lab_fates, lab_rows
from analysis.ingest.buckets import ORDER, bucket_file
from analysis.ingest.cross_table import count_flags, cross_table_flags, looked_at
from analysis.ingest.laboratory import codes_of
from analysis.ingest.people_rules import checked_select, repeats_select
from analysis.ingest.records import literal, quoted
from analysis.ingest.staging import one_by_one, staged_batches
from data_schema.declarations import table

FATES = ["file", "rule", "flag", "scope"]
FATE = (
    "SELECT CAST(_file AS VARCHAR) AS file, coalesce(_rule, '') AS rule, coalesce(CAST(_flag AS "
    "VARCHAR), '') AS flag, coalesce(_out_of_scope, '') AS scope, count(*) AS n"
)
# A record that became several rows is used if one of them is, else rejected if one of them is.
ONE_A_RECORD = (
    "SELECT * FROM _checked QUALIFY row_number() OVER (PARTITION BY _file, _row ORDER BY "
    "_rule IS NOT NULL OR _out_of_scope IS NOT NULL, _rule IS NULL, _rule, _out_of_scope, "
    "_flag) = 1"
)


class BucketTask(NamedTuple):
    """One bucket to finish; ``tables`` in their order, patients first."""

    out: Path
    number: int
    tables: tuple[str, ...]
    data_end: date
    memory_mb: int
    precision: str


class Finished(NamedTuple):
    """What became of a table's rows in one bucket."""

    used: pa.Table
    fates: pd.DataFrame
    rejected: pd.DataFrame
    by_record: pd.DataFrame


def finish_bucket(task: BucketTask) -> dict:
    """Write the tables of a bucket; its counts: ``fates`` of rows and of the records they came
    from (``by_record``) by table, and ``conversions``."""
    work = task.out / store.WORK
    done = work / "done" / f"{task.number:04d}.json"
    if done.exists():
        return store.read_json(done)
    counts: dict = {"fates": {}, "by_record": {}, "conversions": []}
    rejects, frames = [], {}
    with _engine(task) as connection:
        people = None
        for place, name in enumerate(task.tables):
            finished = _finish_table(connection, task, name, people, counts)
            if name == "patients":
                people = _people(finished.used)
            frames[name] = looked_at(name, finished.used)
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
    connection: duckdb.DuckDBPyConnection,
    task: BucketTask,
    name: str,
    people: lab_rows.People | None,
    counts: dict,
) -> Finished:
    """What becomes of the rows of one table; the centres of the first bucket are those of all."""
    folder = task.out / store.WORK / "rows" / name
    batches = staged_batches(folder, 0 if name == "centres" else task.number)
    if name == "labs" and people is not None:
        return _finish_labs(task, batches, people, counts)
    return _finish(connection, task, name, batches, None if name == "centres" else people)


def _write(task: BucketTask, name: str, finished: Finished, counts: dict) -> None:
    used = finished.used.cast(_without_gaps(name, finished.used.schema))
    store.write_table(task.out / name / bucket_file(task.number), used, False)
    counts["fates"][name] = finished.fates[[*FATES, "n"]].to_numpy(object).tolist()
    counts["by_record"][name] = finished.by_record[[*FATES, "n"]].to_numpy(object).tolist()


def _without_gaps(name: str, schema: pa.Schema) -> pa.Schema:
    """No cell of a required column is missing in a row that is used: none is looked for."""
    full = {c.name for c in table(name).columns if c.required} | {"_file", "_row"}
    return pa.schema([field.with_nullable(field.name not in full) for field in schema])


def _finish_labs(
    task: BucketTask, batches: list[pa.RecordBatch], people: lab_rows.People, counts: dict
) -> Finished:
    rows = lab_rows.LabRows(batches)
    verdicts = store.read_frame(task.out / "unit_verdicts.parquet")
    lab_rows.check(rows, verdicts, people, task.data_end)
    order = lab_rows.in_order(rows)
    counts["conversions"] = lab_fates.conversions(rows, order).to_numpy(object).tolist()
    fates = lab_fates.fates(rows)
    chosen = lab_fates.one_a_record(rows)
    return Finished(
        lab_rows.used_table(rows, order, people, used_columns("labs")),
        fates,
        lab_fates.rejected(rows),
        fates if chosen is None else lab_fates.fates(rows, chosen),
    )


def used_columns(name: str) -> list[str]:
    """The columns of a canonical table that the next stage reads."""
    names = list(table(name).column_names)
    if name == "labs":
        names.insert(names.index("value") + 1, "comparator")
    return [*names, "_file", "_row"]


def _engine(task: BucketTask) -> duckdb.DuckDBPyConnection:
    spill = task.out / store.WORK / f"spill{task.number:04d}"
    connection = duckdb.connect()
    connection.execute("SET threads=1; SET python_enable_replacements=false")
    connection.execute(f"SET memory_limit='{task.memory_mb}MB'")
    connection.execute(f"SET temp_directory={literal(str(spill))}")
    return connection


def _finish(
    connection: duckdb.DuckDBPyConnection,
    task: BucketTask,
    name: str,
    batches: list[pa.RecordBatch],
    people: lab_rows.People | None,
) -> Finished:
    declared = table(name)
    rows = pa.Table.from_batches(batches).unify_dictionaries()
    connection.register("_rows", rows)
    if people is not None:
        connection.register("_people", _people_table(people))
    ((repeats,),) = connection.execute(repeats_select(declared)).fetchall()
    checked = checked_select(declared, task.data_end.isoformat(), repeats)
    connection.execute(f"CREATE OR REPLACE TEMP TABLE _checked AS {checked}")
    fates = _frame(connection, f"{FATE} FROM _checked GROUP BY ALL ORDER BY ALL")
    return Finished(
        _used(connection, name, people is not None and "patient_id" in declared.column_names),
        fates,
        _frame(
            connection,
            "SELECT CAST(_file AS VARCHAR) AS file, _row AS row, _rule AS rule FROM _checked "
            "WHERE _rule IS NOT NULL",
        ),
        fates
        if _one_by_one(rows)
        else _frame(connection, f"{FATE} FROM ({ONE_A_RECORD}) GROUP BY ALL ORDER BY ALL"),
    )


def _one_by_one(rows: pa.Table) -> bool:
    file, _ = codes_of(rows.column("_file").combine_chunks())
    return one_by_one(file, rows.column("_row").to_numpy())


def _frame(connection: duckdb.DuckDBPyConnection, sql: str) -> pd.DataFrame:
    return connection.sql(sql).df()


def _used(connection: duckdb.DuckDBPyConnection, name: str, of_people: bool) -> pa.Table:
    cells = ", ".join(quoted(c) for c in used_columns(name))
    person, order = ("", ORDER[name])
    if of_people:  # numbered in the order of their ids
        person, order = ", _person AS person", order.replace("patient_id", "_person")
    return connection.sql(
        f"SELECT {cells}{person} FROM _checked WHERE _rule IS NULL AND _out_of_scope IS NULL "
        f"ORDER BY {order}"
    ).to_arrow_table()


def _people(patients: pa.Table) -> lab_rows.People:
    def days(name: str) -> np.ndarray:
        cells = patients.column(name).combine_chunks().cast(pa.int32()).cast(pa.float64())
        return cells.fill_null(np.nan).to_numpy(zero_copy_only=False)

    ids = patients.column("patient_id").combine_chunks()
    return lab_rows.People(ids, days("birth_date"), days("death_date"))


def _people_table(people: lab_rows.People) -> pa.Table:
    def dates(days: np.ndarray) -> pa.Array:
        return pa.array(days, mask=np.isnan(days)).cast(pa.int32()).cast(pa.date32())

    return pa.table(
        {
            "_person": np.arange(len(people.patient_id), dtype=np.int32),
            "patient_id": people.patient_id,
            "_birth": dates(people.birth),
            "_death": dates(people.death),
        }
    )


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
