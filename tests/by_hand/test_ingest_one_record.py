"""A record that a SELECT makes several rows of is counted once."""

from __future__ import annotations

from collections import Counter

import duckdb
import pyarrow as pa

from analysis.ingest.account import account_rows
from analysis.ingest.bucket_pass import FATE, ONE_A_RECORD
from analysis.ingest.lab_fates import fates, one_a_record
from analysis.ingest.lab_rows import LabRows
from data_schema.declarations import source

# record, rule, scope: used and rejected; rejected and out of scope; out of scope twice; used twice
ROWS = [(2, "a", ""), (2, "", ""), (3, "", "s"), (3, "a", ""), (4, "", "s"), (4, "", "s")]
ROWS += [(5, "", ""), (5, "", "")]
ONCE = Counter({("f", "", "", ""): 2, ("f", "a", "", ""): 1, ("f", "", "", "s"): 1})


def test_used_if_any_row_is_else_rejected_if_any_is() -> None:
    with duckdb.connect() as connection:
        connection.execute(
            "CREATE TABLE _checked "
            "(_file TEXT, _row INT, _rule TEXT, _flag TEXT, _out_of_scope TEXT)"
        )
        for record, rule, scope in ROWS:
            cells = ["f", record, rule or None, None, scope or None]
            connection.execute("INSERT INTO _checked VALUES (?, ?, ?, ?, ?)", cells)
        found = connection.sql(f"{FATE} FROM ({ONE_A_RECORD}) GROUP BY ALL").fetchall()
    assert Counter({tuple(key): n for *key, n in found}) == ONCE


def test_the_same_of_laboratory_rows() -> None:
    rows = lab_rows(ROWS)
    found = fates(rows, one_a_record(rows)).to_numpy(object).tolist()
    assert Counter({tuple(key): n for *key, n in found}) == ONCE
    assert one_a_record(lab_rows([(2, "", ""), (7, "a", ""), (5, "", "s")])) is None


def lab_rows(rows: list[tuple[int, str, str]]) -> LabRows:
    record, rule, scope = zip(*rows, strict=True)
    n = len(rows)
    words = {"_rule": rule, "_flag": [""] * n, "_out_of_scope": scope}
    columns = {k: pa.array([w or None for w in v], pa.string()) for k, v in words.items()}
    columns = {k: v.dictionary_encode() for k, v in columns.items()}
    batch = pa.record_batch(
        {
            "_file": pa.array(["f"] * n).dictionary_encode(),
            "_row": pa.array(record, pa.int64()),
            "_person": pa.array([0] * n),
            "sample_date": pa.array([0] * n, pa.int32()).cast(pa.date32()),
            "analyte": pa.array(["pth"] * n).dictionary_encode(),
            "unit": pa.array(["pmol/L"] * n).dictionary_encode(),
            **columns,
        }
    )
    return LabRows([batch])


def test_the_account_is_of_records_and_the_rules_of_rows() -> None:
    rows = Counter({("f", "", "", ""): 3, ("f", "x:a", "", ""): 2, ("f", "", "", "s"): 3})
    once = Counter({("f", "", "", ""): 2, ("f", "x:a", "", ""): 1, ("f", "", "", "s"): 1})
    found = account_rows(source("native"), "labs", rows, [], Counter({"f": 4}), once)
    counts = {row.level: row.numerator for row in found if row.measure == "rows"}
    assert counts == {"total": 4, "used": 2, "out_of_scope": 1, "rejected": 1}
    assert [row.numerator for row in found if row.measure == "rejected_rows"] == [2]
