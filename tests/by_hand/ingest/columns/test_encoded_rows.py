"""Rows that are staged as codes come back as the rows that they stand for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from analysis import store
from analysis.ingest.columns.decode import looked_up
from analysis.ingest.columns.encoded_rows import CodedRows, staged_table, words_and_codes
from analysis.ingest.columns.staging import stage_rows, staged_rows

BUCKETS = {1: (0, 3, 4), 0: (1, 2, 5)}  # of six rows
RULES = pa.array(["value:missing", "unit:missing"])


def dictionary(places: list[int | None], words: list[str], kind: pa.DataType) -> pa.DictionaryArray:
    return pa.DictionaryArray.from_arrays(pa.array(places, kind), pa.array(words))


def some_rows(first: int, centres: list[str], days: list[date | None]) -> CodedRows:
    """Six rows of a cell for person, of a name that is ours, and one for the rest; two buckets."""
    person = pa.StructArray.from_arrays(
        [pa.array([1, 0], pa.uint16()), pa.array([4, None], pa.int32())], ["_bucket", "_person"]
    )
    told = [
        pa.array(days, pa.date32()),
        pa.array([1.5, None, 2.5]),
        dictionary([0, 1, None], centres, pa.int32()),
        pa.array(["a", None, "b"]),
        pa.nulls(3, pa.float64()),
    ]
    rest = pa.StructArray.from_arrays(told, ["day", "value", "centre_id", "note", "limit"])
    codes = {
        "_rule": np.array([0, 1, 1, 0, 0, 1], dtype=np.uint32),
        "r": np.array([2, 1, 0, 0, 1, 2], dtype=np.uint32),
    }
    marks = {
        "_rule": pa.DictionaryArray.from_arrays(
            pa.array([None, 1, None, 0, None, None], pa.uint8()), RULES
        ),
        "_flag": pa.nulls(6, pa.string()),
    }
    return CodedRows(codes, {"_rule": person, "r": rest}, np.arange(first, first + 6), marks)


def expected(
    first: int, centres: list[str], days: list[date | None], rows: Sequence[int] = range(6)
) -> dict[str, list]:
    """Columns of some of six such rows."""
    words = [(2, 1, 0, 0, 1, 2)[row] for row in rows]
    rules = [None, "unit:missing", None, "value:missing", None, None]
    return {
        "_person": [4 if row in BUCKETS[1] else None for row in rows],
        "day": [days[word] for word in words],
        "value": [(1.5, None, 2.5)[word] for word in words],
        "centre_id": [(*centres, None)[word] for word in words],
        "note": [("a", None, "b")[word] for word in words],
        "limit": [None for _ in rows],
        "_row": [first + row for row in rows],
        "_rule": [rules[row] for row in rows],
        "_flag": [None for _ in rows],
        "_out_of_scope": [None for _ in rows],
    }


DAYS = [date(2011, 1, 1), None, date(1969, 12, 31)]
OTHER_DAYS = [date(2012, 2, 29), date(2012, 3, 1), None]


def test_rows_come_back_bucket_by_bucket(tmp_path: Path) -> None:
    parts = [(10, ["C1", "C2"], DAYS), (2**33, ["C2", "C3"], OTHER_DAYS)]
    stage_rows([some_rows(*part) for part in parts], tmp_path / "rows", 0, [])
    for bucket, rows in BUCKETS.items():
        one, other = (expected(*part, rows) for part in parts)
        found = staged_rows(tmp_path / "rows", bucket)
        assert found.to_pydict() == {name: one[name] + other[name] for name in one}
        assert found.schema.field("centre_id").type == pa.dictionary(pa.int32(), pa.string())
        assert found.schema.field("_row").type == pa.int64()


def test_a_bucket_without_rows_has_the_columns(tmp_path: Path) -> None:
    stage_rows([some_rows(10, ["C1", "C2"], DAYS)], tmp_path / "rows", 0, [])
    found = staged_rows(tmp_path / "rows", 7)
    assert found.num_rows == 0
    assert found.column_names == [*expected(10, ["C1", "C2"], DAYS)]


def test_codes_beside_rows_are_rows() -> None:
    order = np.arange(6, dtype=np.uint32)
    parts = [(10, ["C1", "C2"], DAYS), (20, ["C3", "C1"], OTHER_DAYS)]
    one, other = (expected(*part) for part in parts)
    codes, more = (some_rows(*part).in_order(order) for part in parts)
    (plain,) = staged_table([codes]).to_batches()
    assert plain.to_pydict() == one
    assert staged_table([plain, more]).to_pydict() == {n: one[n] + other[n] for n in one}
    assert staged_table([more, plain]).to_pydict() == {n: other[n] + one[n] for n in one}


def test_codes_are_as_narrow_as_their_words_allow() -> None:
    many = 300
    words = pa.StructArray.from_arrays([pa.array(np.arange(many, dtype=np.uint16))], ["_bucket"])
    codes = {"c": np.arange(many, dtype=np.uint32), "d": np.zeros(many, dtype=np.uint32)}
    marks = {"_rule": pa.nulls(many, pa.string()), "_flag": pa.nulls(many, pa.string())}
    told = {"c": words, "d": pa.StructArray.from_arrays([pa.array([0.0])], ["value"])}
    rows = CodedRows(codes, told, np.arange(many) + 2**31, marks)
    batch = rows.in_order(np.arange(many, dtype=np.uint32)[::-1].copy())
    assert batch.schema.field("cell:c").type.index_type == pa.uint16()
    assert batch.schema.field("cell:d").type.index_type == pa.uint8()
    assert batch.schema.field("_row").type == pa.uint32()
    assert batch.column("_row").to_pylist() == [2**31 + n for n in range(many)][::-1]


def test_a_row_that_is_no_code_is_a_word_of_its_own() -> None:
    rows = some_rows(10, ["C1", "C2"], DAYS)
    plain = staged_table([rows.in_order(np.arange(6, dtype=np.uint32))]).to_batches()[0]
    for name in ("value", "day", "note"):
        ways = [words_and_codes(of, name) for of in (rows, plain)]
        found = [[answers.to_pylist()[code] for code in codes] for answers, codes in ways]
        assert found[0] == found[1] == rows.column(name).to_pylist()


def test_parts_with_other_words_share_them() -> None:
    parts = [dictionary([1, None, 0], ["b", "a"], pa.uint8()), dictionary([0], ["c"], pa.uint8())]
    codes = [np.array([0, 1, 2, 2], dtype=np.uint8), np.array([0, 0], dtype=np.uint8)]
    assert looked_up(parts, codes).to_pylist() == ["a", None, "b", "b", "c", "c"]


def test_of_more_words_than_rows_those_are_taken_that_are_met() -> None:
    words = [pa.array([1.5, None, 2.5, 3.5]), pa.array([None, 7.0])]
    codes = [np.array([3, 1], dtype=np.uint16), np.array([1, 0, 1], dtype=np.uint16)]
    assert looked_up(words, codes).to_pylist() == [3.5, None, 7.0, None, 7.0]
    text = dictionary([1, None, 0, 1], ["b", "a"], pa.uint8())
    assert looked_up([text], [codes[0]]).to_pylist() == ["a", None]


@pytest.mark.parametrize("kind", [pa.int32(), pa.float64(), pa.date32(), pa.string()])
def test_what_no_word_has_is_nowhere(kind: pa.DataType) -> None:
    found = looked_up([pa.nulls(2, kind)], [np.array([1, 0, 1], dtype=np.uint16)])
    assert found.type == kind
    assert found.to_pylist() == [None] * 3


def test_words_are_written_once_a_file(tmp_path: Path) -> None:
    rows = some_rows(10, ["C1", "C2"], DAYS)
    stage_rows([rows], tmp_path / "rows", 3, [])
    (path,) = (tmp_path / "rows").glob("*.arrow")
    assert path.name == "00003_00000.arrow"
    kept = [store.read_batch(path, number) for number in (0, 1)]
    assert all(batch is not None and batch.column("cell:r").dictionary.equals(rows.told["r"])
               for batch in kept)  # fmt: skip
