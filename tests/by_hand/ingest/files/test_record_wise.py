"""A SELECT may run on some of a file's records at a time only where that changes nothing."""

from __future__ import annotations

import duckdb
import pytest

from analysis.ingest.sql.record_wise import record_wise_in
from data_schema.declarations import select_statements

RECORD_WISE = [
    "SELECT a, _row FROM labs",
    "SELECT l.a, p.b FROM labs l LEFT JOIN people p ON p.a = l.a WHERE l.b > 1",
    "SELECT a, unnest([1, 2]) AS n, nullif(b, 1), left(c, 2) || c AS d FROM labs",
    "SELECT l.a FROM labs l JOIN (VALUES (1), (2)) v (x) ON v.x = l.b",
    "SELECT l.a, (SELECT max_b FROM limits) AS m FROM labs l",
    "SELECT labs.a, c FROM labs, people",
]
OF_SEVERAL_RECORDS = [
    "SELECT max(a) FROM labs",
    "SELECT geomean(b) FROM labs",
    "SELECT list(a) FROM labs",
    "SELECT a, count(*) FROM labs GROUP BY a",
    "SELECT a FROM labs GROUP BY ALL",
    "SELECT a FROM labs GROUP BY a HAVING a > 1",
    "SELECT DISTINCT a FROM labs",
    "SELECT a FROM labs ORDER BY a LIMIT 2",
    "SELECT a, row_number() OVER () AS n FROM labs",
    "SELECT a FROM labs QUALIFY row_number() OVER (ORDER BY b) = 1",
    "SELECT a FROM labs USING SAMPLE 2",
    "SELECT a FROM labs TABLESAMPLE reservoir(2 ROWS)",
    "SELECT l.a FROM labs l JOIN labs m ON l.a = m.b",
    "SELECT a FROM labs WHERE b > (SELECT min(b) FROM labs)",
    "SELECT a FROM labs UNION ALL SELECT a FROM labs",
    "WITH x AS (SELECT a FROM labs) SELECT a FROM x",
    "SELECT p.b FROM people p LEFT JOIN labs l ON p.a = l.a",
    "SELECT l.a FROM labs l RIGHT JOIN people p ON p.a = l.a",
    "SELECT l.a FROM labs l FULL JOIN people p ON p.a = l.a",
    "SELECT l.a FROM labs l POSITIONAL JOIN people p",
    "SELECT a FROM (SELECT a FROM labs)",
    "SELECT 1 AS one",
    "nonsense",
]


@pytest.fixture(scope="module")
def connection():
    with duckdb.connect() as own:
        own.execute("CREATE TABLE every AS SELECT i AS _row, i % 7 AS a, i % 5 AS b, 'x' || i AS c "
                    "FROM range(40) r(i)")  # fmt: skip
        own.execute("CREATE TABLE people AS SELECT i AS a, i * i AS b FROM range(5) r(i)")
        own.execute("CREATE TABLE limits AS SELECT 3 AS max_b")
        yield own


def rows_of(connection: duckdb.DuckDBPyConnection, sql: str, where: str) -> list:
    connection.execute(f"CREATE OR REPLACE TEMP VIEW labs AS SELECT * FROM every WHERE {where}")
    return connection.execute(sql).fetchall()


@pytest.mark.parametrize("sql", RECORD_WISE)
def test_parts_of_the_records_give_parts_of_the_rows(connection, sql: str) -> None:
    assert record_wise_in(sql) == "labs"
    whole = rows_of(connection, sql, "true")
    parts = rows_of(connection, sql, "_row < 13") + rows_of(connection, sql, "_row >= 13")
    assert len(whole) > 0
    assert sorted(map(repr, parts)) == sorted(map(repr, whole))


@pytest.mark.parametrize("sql", OF_SEVERAL_RECORDS)
def test_what_looks_at_several_records_is_run_whole(sql: str) -> None:
    assert record_wise_in(sql) in ("", "people", "every")


def test_which_tables_of_the_sources_can_be_cut() -> None:
    native = {name: record_wise_in(sql) for name, sql in select_statements("native").items()}
    assert native == {name: name for name in native}
    assert record_wise_in(select_statements("omop")["labs"]) == "measurement"
    assert record_wise_in(select_statements("ukrdc")["labs"]) == "resultitem"
    assert record_wise_in(select_statements("usrds")["labs"]) == ""  # a form's last row is sought
