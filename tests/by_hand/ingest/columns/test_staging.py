"""Rows staged by bucket come back as they were; records are counted by file."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa

from analysis.ingest.columns.staging import RecordCounts, stage_rows, staged_rows

RNG = np.random.default_rng(20261129)
FILES = ["a.csv", "b.csv", "c.csv"]


def some_rows(n: int, first: int, centres: list[str]) -> pa.RecordBatch:
    file = pa.array(RNG.integers(0, 2, n), pa.uint8())
    columns = {
        "_bucket": pa.array(RNG.integers(0, 5, n), pa.uint16()),
        "centre_id": pa.array([centres[k] for k in RNG.integers(0, len(centres), n)], pa.string()),
        "_file": pa.DictionaryArray.from_arrays(file, pa.array(FILES)),
        "_row": pa.array(range(first, first + n), pa.int64()),
        "_out_of_scope": pa.array(["late" if k else None for k in RNG.integers(0, 2, n)], "str"),
    }
    return pa.RecordBatch.from_pydict(columns)


def test_rows_come_back_bucket_by_bucket_in_the_order_of_chunks(tmp_path: Path) -> None:
    chunks = {7: [some_rows(40, 1, ["C1", "C2"])], 2: [some_rows(0, 1, ["C9"])] * 2}
    chunks[2] += [some_rows(60, 2**33, ["C2", "C3", "\u00e9"])]
    observed: list[pa.RecordBatch] = []
    for number, batches in chunks.items():
        stage_rows(batches, tmp_path / "rows", number, [observed.append])
    assert [len(batch) for batch in observed] == [40, 0, 0, 60]
    given = [row for number in (2, 7) for batch in chunks[number] for row in batch.to_pylist()]
    for bucket in range(6):
        expected = [row for row in given if row["_bucket"] == bucket]
        found = staged_rows(tmp_path / "rows", bucket)
        assert found.to_pylist() == [
            {name: cell for name, cell in row.items() if name != "_bucket"} for row in expected
        ]
        assert pa.types.is_dictionary(found.schema.field("centre_id").type)


def test_records_are_counted_by_file_with_sums_that_tell_whether_all_came() -> None:
    batches = [some_rows(200, 1, ["C1"]), some_rows(100, 2**31, ["C1"])]
    encoded = [
        batch.set_column(
            4, "_out_of_scope", batch.column("_out_of_scope").dictionary_encode()
        )
        for batch in batches
    ]  # fmt: skip
    counts, other = RecordCounts(), RecordCounts()
    counts.observe(encoded[0])
    other.observe(encoded[1])
    counts.add(other)
    rows = [row for batch in batches for row in batch.to_pylist()]
    assert +counts.records == Counter(row["_file"] for row in rows)
    assert counts.scopes == {"late"}
    with duckdb.connect() as connection:
        records = pa.Table.from_batches(batches).select(["_file", "_row"])
        connection.register("whole", records.cast(pa.schema({"_file": "str", "_row": "int64"})))
        assert counts.are_complete(connection, ["whole"])
        connection.execute("CREATE TABLE fewer AS SELECT * FROM whole WHERE _row <> 7")
        connection.execute(
            "CREATE TABLE twice AS SELECT * REPLACE (CASE _row WHEN 7 THEN 8 ELSE _row END "
            "AS _row) FROM whole"
        )
        assert not counts.are_complete(connection, ["fewer"])
        assert not counts.are_complete(connection, ["twice"])
