"""A large table of cells that stand alone is typed by its words: the same bytes as by its rows."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from native_files import PATIENTS, STUDY, quality, rejects
from test_ingest_chunks import files_of, small, staged_whole

from analysis import ingest
from analysis.ingest.columns import distinct_values as words
from analysis.ingest.columns import rows_by_value as word_rows
from analysis.ingest.columns.rows_by_value import WordSelect, has_words, word_select
from analysis.ingest.files.file_parts import Cell, Piece, Stretch
from analysis.ingest.first_pass import stage_extract as first_pass
from analysis.ingest.sql.value_wise import cells_of_columns
from data_schema.declarations import select_statements, table
from data_schema.refusal import Refusal

N = 12_000
WORD_WISE = {
    "SELECT a, b AS c, _file, _row FROM labs": {"a": "a", "c": "b"},
    "SELECT l.a, upper(trim(l.b)) AS b, 'pre' AS c, l._file, l._row FROM labs l": {
        "a": "a",
        "b": "b",
        "c": "",
    },
    "SELECT CASE b WHEN '1' THEN 'pth' ELSE b END AS a, _file, _row FROM labs": {"a": "b"},
    'SELECT "value", _file, _row FROM labs': {"value": "value"},
}
OF_SEVERAL_CELLS = [
    "SELECT a || b AS c, _file, _row FROM labs",
    "SELECT a, _file, _row FROM labs WHERE b > '1'",
    "SELECT l.a, _file, _row FROM labs l JOIN people p ON p.a = l.a",
    "SELECT a, (SELECT max(x) FROM limits) AS b, _file, _row FROM labs",
    "SELECT a, unnest([1, 2]) AS b, _file, _row FROM labs",
    "SELECT a, _row || '' AS b, _file, _row FROM labs",
    "SELECT a, _row + 1 AS _row, _file FROM labs",
    "SELECT a, 'x' AS _file, _row FROM labs",
    "SELECT a, a AS a, _file, _row FROM labs",
    "SELECT A, _file, _row FROM labs",
    "SELECT *, _file, _row FROM labs",
    "SELECT a, _file FROM labs",
    "SELECT x AS a, _file, _row FROM labs l (x)",
    "SELECT a, _file, _row FROM (SELECT * FROM labs)",
    "SELECT max(a) AS a, max(_file) AS _file, max(_row) AS _row FROM labs",
    "nonsense",
]


@pytest.mark.parametrize("sql", WORD_WISE)
def test_a_column_of_one_cell_is_told_by_it(sql: str) -> None:
    assert cells_of_columns(sql) == WORD_WISE[sql]


@pytest.mark.parametrize("sql", OF_SEVERAL_CELLS)
def test_what_takes_several_cells_is_not_word_wise(sql: str) -> None:
    assert cells_of_columns(sql) == {}


def labs() -> pa.Table:
    """Dirt in every column; dates and limits as they are typed, ids as long text."""
    numbers = range(N)
    days = [None if n % 501 == 0 else date(2011, 1, 1) + timedelta(n % 700) for n in numbers]
    return pa.table(
        {
            "patient_id": pa.array(
                [None if n % 907 == 0 else f" {n % 13:02d}" for n in numbers], pa.large_string()
            ),
            "sample_date": pa.array(days, pa.date32()),
            "ANALYTE": [("phosphate", "pth", "rust")[n % 3 if n % 50 else 2] for n in numbers],
            "value": [(f"{n % 90}.5", "<0.3", "high", "")[n % 4 if n % 41 == 3 else 0]
                      for n in numbers],
            "unit": [("mmol/L", "pg/mL", "cups")[n % 3 if n % 60 else 2] for n in numbers],
            "assay_upper_limit": pa.array(
                [(65.0, -1.0, float("nan"), None)[n % 4 if n % 21 == 1 else 3] for n in numbers]
            ),
            "centre_id": [f"C{n % 7}" if n % 3 else None for n in numbers],
        }
    )  # fmt: skip


def write(extract: Path) -> None:
    (extract / "labs").mkdir(parents=True)
    (extract / "patients.csv").write_text(PATIENTS)
    whole = labs()
    pq.write_table(whole.slice(0, 7_000), extract / "labs" / "a.parquet", row_group_size=900)
    pq.write_table(whole.slice(7_000), extract / "labs" / "b.parquet", row_group_size=1_500)


def spied(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """For each batch whether its rows were told by words."""
    told: list[bool] = []
    run = word_rows.words_of

    def spy(*arguments):
        found = run(*arguments)
        told.append(found is not None)
        return found

    monkeypatch.setattr(word_rows, "words_of", spy)
    return told


def by_rows_first(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> tuple[dict[str, str], list[bool]]:
    """What comes out by rows; from now on slices are small, and ``spied`` on."""
    write(folder / "extract")
    by_rows = staged_whole(folder / "extract", folder / "whole", monkeypatch)
    small(monkeypatch)
    return by_rows, spied(monkeypatch)


def test_the_same_bytes_by_words_and_by_rows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    by_rows, told = by_rows_first(tmp_path, monkeypatch)
    assert files_of(tmp_path / "extract", tmp_path / "words", 1) == by_rows
    assert len(told) > 3
    assert all(told)
    rules = {rule for _, _, rule in rejects(tmp_path / "words")}
    assert {"missing", "unknown_value", "not_a_number_or_bound", "below_minimum"} <= rules
    assert {"unknown_person", "unknown_unit"} <= rules
    flags = quality(tmp_path / "words", "flagged_rows")
    assert "bound" in set(flags["level"])


def test_limits_that_are_not_numbers_are_empty_by_words_and_by_rows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In one file, so that its bounds are those of the column: they say nothing of NaN."""
    extract = tmp_path / "extract"
    extract.mkdir()
    (extract / "patients.csv").write_text(PATIENTS)
    limits = pa.array([(65.0, float("nan"), 72.0, 61.0)[n % 4] for n in range(N)])
    cells = {"patient_id": [f"{n % 10:02d}" for n in range(N)]}
    cells["sample_date"] = [date(2011, 1, 1) + timedelta(n // 10) for n in range(N)]
    constant = {"analyte": "pth", "value": "20.5", "unit": "pmol/L", "centre_id": "C1"}
    cells |= {name: [word] * N for name, word in constant.items()}
    whole = pa.table({**cells, "assay_upper_limit": limits})
    pq.write_table(whole, extract / "labs.parquet", row_group_size=1_500)
    by_rows = staged_whole(extract, tmp_path / "whole", monkeypatch)
    assert not {rule for _, _, rule in rejects(tmp_path / "whole")} & {"not_a_number"}
    small(monkeypatch)
    told = spied(monkeypatch)
    assert files_of(extract, tmp_path / "words", 1) == by_rows
    assert told
    assert all(told)


def test_words_that_do_not_repeat_are_typed_by_rows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    by_rows, told = by_rows_first(tmp_path, monkeypatch)
    monkeypatch.setattr(words, "FEW_WORDS", 1)
    monkeypatch.setattr(words, "REPEATED", 8)  # the 700 days of 12,000 records do not, in 900
    assert files_of(tmp_path / "extract", tmp_path / "both", 1) == by_rows
    assert not any(told)
    monkeypatch.setattr(words, "REPEATED", 3)
    told.clear()
    assert files_of(tmp_path / "extract", tmp_path / "mixed", 1) == by_rows
    assert {True, False} == set(told)


@pytest.mark.parametrize("by_words", [True, False])
def test_a_page_that_is_damaged_is_refused(
    by_words: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / "extract")
    if by_words:
        small(monkeypatch)
    part = tmp_path / "extract" / "labs" / "b.parquet"
    dates = pq.read_metadata(part).row_group(1).column(1)
    content = bytearray(part.read_bytes())
    start = dates.data_page_offset
    content[start + 30 : start + dates.total_compressed_size - 5] = b"\xff" * (
        dates.total_compressed_size - 35
    )
    part.write_bytes(content)
    with pytest.raises(Refusal, match="cannot be read as declared"):
        ingest.run(STUDY, tmp_path / "extract", tmp_path / "out", threads=1)
    assert not list((tmp_path / "out").iterdir())


def test_a_select_that_uses_a_name_of_its_own_is_typed_by_rows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """DuckDB lets an item of a SELECT name another item."""
    own = (
        "SELECT patient_id, sample_date, lower(analyte) AS kind, replace(kind, 'x ', '') AS "
        "analyte, value, unit, centre_id, _file, _row FROM labs"
    )
    assert cells_of_columns(own)["analyte"] == "kind"
    native = select_statements("native")
    monkeypatch.setattr(first_pass, "select_statements", lambda _: native | {"labs": own})
    by_rows, told = by_rows_first(tmp_path, monkeypatch)
    assert files_of(tmp_path / "extract", tmp_path / "slices", 1) == by_rows
    assert told == []


def test_a_block_that_is_cut_or_large_has_no_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pq.write_table(pa.table({"a": ["x"] * 10}), tmp_path / "labs.parquet", row_group_size=5)
    piece = Piece("labs.parquet", tmp_path / "labs.parquet", {"a": Cell("a", "a")}, 1, (5, 10))
    asked = WordSelect("", {"a": "a", "b": ""})
    assert has_words([Stretch("labs", piece, 0, 5), Stretch("labs", piece, 5, 10)], asked)
    assert not has_words([Stretch("labs", piece, 0, 6), Stretch("labs", piece, 6, 10)], asked)
    own_name = WordSelect("", {"a": "kind"})  # SELECT lower(a) AS kind, kind AS a
    assert not has_words([Stretch("labs", piece, 0, 5)], own_name)
    monkeypatch.setattr("analysis.ingest.columns.rows_by_value.MOST_ROWS", 4)
    assert not has_words([Stretch("labs", piece, 0, 5)], asked)


def test_a_table_with_rules_of_several_cells_is_typed_by_rows() -> None:
    native = select_statements("native")
    by_words = {
        name for name, sql in native.items()
        if word_select(table(name), sql, [])
    }  # fmt: skip
    assert by_words == {"labs", "diagnoses", "procedures", "assessments", "centres"}
