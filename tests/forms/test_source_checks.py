"""Checks of a source's files as a whole: one SELECT each, stop or flag."""

from __future__ import annotations

import duckdb
import pytest

from analysis.ingest.first_pass import source_checks
from data_schema.declarations import Source
from data_schema.refusal import Refusal


def form(severity: str) -> Source:
    check = {"id": "odd", "severity": severity, "says": "x is odd"}
    file = {"name": "cells", "columns": ["x"]}
    return Source.model_validate(
        {"name": "made_up", "title": "t", "files": [file], "checks": [check]}
    )


@pytest.fixture
def connection():
    with duckdb.connect() as opened:
        opened.execute(
            "CREATE TEMP VIEW cells AS SELECT * FROM "
            "(VALUES ('1', 'b.csv', 2), ('3', 'a.csv', 9), ('5', 'a.csv', 4), ('6', 'a.csv', 3)) "
            "v(x, _file, _row)"
        )
        yield opened


def run(connection, monkeypatch, severity: str, sql: str):
    monkeypatch.setattr(source_checks, "check_statements", lambda _: {"odd": sql})
    return source_checks.run_source_checks(connection, form(severity))


ODD = "SELECT _file, _row FROM cells WHERE TRY_CAST(x AS INTEGER) % 2 = 1"


def test_a_flag_counts_records_by_file(connection, monkeypatch) -> None:
    rows = run(connection, monkeypatch, "flag", ODD)
    found = [(r.measure, r.level, r.strata, r.numerator, r.reason) for r in rows]
    assert found == [
        ("flagged_rows", "odd", "file=a.csv;table=whole file", 2.0, "x is odd"),
        ("flagged_rows", "odd", "file=b.csv;table=whole file", 1.0, "x is odd"),
    ]


def test_a_stop_names_the_first_record_and_never_its_content(connection, monkeypatch) -> None:
    with pytest.raises(Refusal) as error:
        run(connection, monkeypatch, "stop", ODD)
    assert str(error.value) == "a.csv, row 4: odd: x is odd"


def test_nothing_broken_says_nothing(connection, monkeypatch) -> None:
    none = "SELECT _file, _row FROM cells WHERE x = '4'"
    whole = "SELECT min(_file) AS _file, min(_row) AS _row FROM cells HAVING count(*) > 4"
    assert run(connection, monkeypatch, "stop", none) == []
    assert run(connection, monkeypatch, "stop", whole) == []


def test_a_check_of_a_file_that_is_not_there_is_passed_over(connection, monkeypatch) -> None:
    connection.execute("DROP VIEW cells")
    assert run(connection, monkeypatch, "stop", ODD) == []


@pytest.mark.parametrize("sql", ["DELETE FROM cells", f"{ODD}; {ODD}", "SELECT nothing FROM cells"])
def test_what_is_not_one_select_that_runs_is_refused(connection, monkeypatch, sql) -> None:
    with pytest.raises(Refusal, match="odd.sql"):
        run(connection, monkeypatch, "flag", sql)
