"""How a table lies in its file: the same cells in less room, in one piece."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from analysis import store
from analysis.ingest.second_pass.bucket_pass import MADE_HERE, _without_gaps

MANY = 2**20 + 5  # more rows than Arrow puts in a group by itself


def near_each_other() -> pa.Table:
    jumps = np.random.default_rng(1).integers(-20, 20, MANY)
    words = pa.array(["a", "b", "c"]).take(pa.array(np.arange(MANY) % 3))
    return pa.table({"_row": np.arange(MANY) + jumps + 2**24, "word": words.dictionary_encode()})


def test_numbers_laid_byte_by_byte_are_the_same_in_less_room(tmp_path) -> None:
    table = near_each_other()
    store.write_table(tmp_path / "whole.parquet", table)
    store.write_table(tmp_path / "bytewise.parquet", table, bytewise=("_row", "not there"))
    found = store.read_table(tmp_path / "bytewise.parquet", words=("word",))
    assert found.to_pydict() == table.to_pydict()
    whole, bytewise = ((tmp_path / f"{n}.parquet").stat().st_size for n in ("whole", "bytewise"))
    assert bytewise < whole / 2


def test_numbers_laid_byte_by_byte_are_read_by_other_engines(tmp_path) -> None:
    import duckdb

    table = near_each_other().slice(0, 1000)
    store.write_table(tmp_path / "bytewise.parquet", table, bytewise=("_row",))
    found = duckdb.read_parquet(str(tmp_path / "bytewise.parquet")).fetchnumpy()["_row"]
    assert np.array_equal(found, table.column("_row").to_numpy())


def test_a_table_is_read_in_one_piece_however_long(tmp_path) -> None:
    store.write_table(tmp_path / "long.parquet", near_each_other(), store_schema=False)
    found = store.read_table(tmp_path / "long.parquet", words=("word",))
    assert [column.num_chunks for column in found.columns] == [1, 1]
    assert pq.read_metadata(tmp_path / "long.parquet").num_row_groups == 1


def test_columns_that_every_row_has_say_so() -> None:
    made = {name: pa.array([1]) for name in sorted(MADE_HERE)}
    schema = pa.table({**made, "sample_date": [1], "result_date": [1]}).schema
    full = {field.name for field in _without_gaps("labs", schema) if not field.nullable}
    assert full == MADE_HERE | {"sample_date"}
