"""A source's SELECT that does not fit what it reads: one line, and no cell in it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest
from tiny_extract import tables, write_extract, write_protocol

from analysis.__main__ import main
from analysis.ingest.first_pass import stage_extract as first_pass
from analysis.ingest.sql.permitted_sql import does_not_run
from data_schema.declarations import select_statements

SECRET = "Zyxomma"  # a cell's content that no message may repeat
Told = Callable[[str, str, str], tuple[int, str]]


@pytest.fixture
def told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture) -> Told:
    """Exit status and words of a run in which a SELECT has this in place of that."""

    def run(table: str, old: str, new: str) -> tuple[int, str]:
        sql = dict(select_statements("native"))
        assert old in sql[table]
        sql[table] = sql[table].replace(old, new, 1)
        monkeypatch.setattr(first_pass, "select_statements", lambda _: sql)
        content = tables()
        content["labs"][7]["value"] = SECRET
        content["patients"][7]["birth_date"] = SECRET
        extract = write_extract(tmp_path / "extract", content)
        words = ["ingest", "--protocol", str(write_protocol(tmp_path)), "--extract", str(extract)]
        status = main([*words, "--build", str(tmp_path / "build")])
        left = tmp_path / "build/restricted/ingest"
        assert [p for p in left.rglob("*") if p.is_file()] == []
        return status, capsys.readouterr().err

    return run


CONVERSIONS = [
    ("labs", '"value"', "CAST(value AS DOUBLE) AS value"),
    ("labs", '"value"', "CAST(strptime(value, '%d/%m/%Y') AS VARCHAR) AS value"),
    ("labs", '"value"', "CASE WHEN value = 'Zyxomma' THEN error(value) ELSE value END AS value"),
    ("patients", "birth_date", "CAST(CAST(birth_date AS DATE) AS VARCHAR) AS birth_date"),
    ("patients", "birth_date", "CAST(strptime(birth_date, '%Y') AS VARCHAR) AS birth_date"),
]


@pytest.mark.parametrize(("table", "old", "new"), CONVERSIONS)
def test_a_conversion_that_fails_does_not_print_the_cell(
    told: Told, table: str, old: str, new: str
) -> None:
    status, words = told(table, old, new)
    assert status == 2
    assert SECRET not in words and "Traceback" not in words
    assert words.count("\n") == 1


MISSED = {
    "a column": ("sample_date", "sampel_date", "sampel_date"),
    "a column of a relation": ("sample_date", "labs.sampel_date", "sampel_date"),
    "a relation": ("sample_date", "lab.sample_date", "lab"),
    "a function": ("sample_date", "lowwer(sample_date) AS sample_date", "lowwer"),
}


@pytest.mark.parametrize(("old", "new", "name"), MISSED.values(), ids=MISSED)
def test_a_select_that_does_not_fit_says_what_it_misses(
    told: Told, old: str, new: str, name: str
) -> None:
    _, line = told("labs", old, new)
    assert line.strip().endswith(
        f"labs.sql: does not run on the files that source.toml declares: there is no {name}"
    )


def test_what_the_engine_says_of_a_cell_is_not_shown() -> None:
    """Of a name, only where the statement has it."""
    error = duckdb.BinderException(f'Binder Error: Referenced column "{SECRET}" not found')
    assert str(does_not_run(error, "SELECT a FROM labs", "labs.sql")) == (
        "labs.sql: does not run on the files that source.toml declares"
    )
