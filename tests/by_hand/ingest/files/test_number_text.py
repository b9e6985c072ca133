"""Numbers where text is read: whole ones without a point, those beyond what is exact marked."""

from __future__ import annotations

import math
from contextlib import closing

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from analysis.ingest.files.number_text import cell_text, is_rounded, number_text
from analysis.ingest.first_pass.engine import Engine

TEXTS = [
    ("DOUBLE", "double", 101.0, "101"),
    ("DOUBLE", "double", -0.5, "-0.5"),
    ("DOUBLE", "double", float("nan"), None),
    ("DOUBLE", "double", 2.0**53 - 1, "9007199254740991"),
    ("DOUBLE", "double", 2.0**53, "9.0071992547409920e+15"),
    ("DOUBLE", "double", 1e16 + 2, "1.0000000000000002e+16"),
    ("FLOAT", "float", 2.0**24 - 1, "16777215"),
    ("FLOAT", "float", 123456792.0, "1.2345679200000000e+08"),
]


@pytest.mark.parametrize(("column", "kind", "value", "text"), TEXTS)
def test_the_same_text_from_parquet_and_from_other_files(column, kind, value, text) -> None:
    assert number_text(value, kind) == text
    with duckdb.connect() as engine:
        cell = cell_text("x", column)
        found = engine.execute(f"SELECT {cell} FROM (SELECT CAST(? AS {column}) AS x)", [value])
        assert found.fetchone() == (text,)


NAN = float("nan")
COLUMNS = [
    [1.0, 2.0, 3.0, NAN], [65.0, NAN, 72.5, -1.0, 1e16, 3.0] * 500, [65.0, NAN], [NAN, NAN],
    [None, NAN, 5.0], [math.inf, NAN, 2.0], [2.0**53 + 2, NAN, 1.0], [1.0, 2.0], [1.5, None],
]  # fmt: skip


@pytest.mark.parametrize("cells", COLUMNS, ids=range(len(COLUMNS)))
@pytest.mark.parametrize(("kind", "arrow"), [("DOUBLE", pa.float64()), ("FLOAT", pa.float32())])
def test_what_is_not_a_number_is_empty_whatever_a_file_says_of_the_others(
    cells, kind, arrow, tmp_path
) -> None:
    """By an engine as ingest opens it: of itself it takes bounds to mean that there is no NaN."""
    pq.write_table(pa.table({"x": pa.array(cells, arrow)}), tmp_path / "x.parquet")
    with closing(Engine(tmp_path, tmp_path, 1.0).bare(1, 1, "x")) as engine:
        sql = f"SELECT {cell_text('x', kind)} FROM '{tmp_path}/x.parquet'"
        found = [text for (text,) in engine.execute(sql).fetchall()]
    absent = [cell is None or math.isnan(cell) for cell in cells]
    assert [text is None for text in found] == absent


def test_a_workbook_keeps_fifteen_digits() -> None:
    assert number_text(999_999_999_999_999.0, "workbook") == "999999999999999"
    assert number_text(1_234_567_890_123_450.0, "workbook") == "1.2345678901234500e+15"


ROUNDED = [
    "1.23457E+16", "1,23457E+16", "1e+16", "1.2345678901234568e+16", "9007199254740992.0",
    "-1.5e+20", "1.23457E+11",
]  # fmt: skip
TEXT_IDS = [
    "1e16", "9E99", "12e45678", "1E5", "550e8400-e29b-41d4-a716-446655440000", "1+2e+3", "A1e+16",
    "12345678901234567", "00012", "9007199254740991.0", "101.0", "v1.0", "e+16", "1.e5", "",
]  # fmt: skip


@pytest.mark.parametrize("ids, expected", [(ROUNDED, True), (TEXT_IDS, False)])
def test_which_ids_have_lost_their_last_digits(ids: list[str], expected: bool) -> None:
    with duckdb.connect() as engine:
        rows = engine.execute(
            f"SELECT id, coalesce({is_rounded('id')}, false) FROM (SELECT unnest(?) AS id)", [ids]
        ).fetchall()
    assert {found: id_ for id_, found in rows}.keys() == {expected}
