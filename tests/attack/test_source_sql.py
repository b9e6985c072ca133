"""A source's SQL is one SELECT over the extract: it reads nothing else and writes nothing."""

from __future__ import annotations

import subprocess
import sys

import duckdb
import pytest

from analysis.ingest.sql.permitted_sql import one_select
from data_schema.declarations import select_statements, source, source_names, step_statements
from data_schema.refusal import Refusal


@pytest.fixture
def connection():
    with duckdb.connect() as own:
        own.execute("CREATE TEMP TABLE patients (patient_id VARCHAR, _file VARCHAR, _row BIGINT)")
        yield own


ALLOWED = [
    "SELECT patient_id, _file, _row FROM patients",
    "WITH first AS (SELECT * FROM patients) SELECT p.* FROM first p JOIN patients USING (_row)",
    "SELECT p.*, unnest(['a', 'b']) AS label FROM patients p",
    "SELECT * FROM patients, unnest([1, 2]) AS n(i)",
    "SELECT p.*, row_number() OVER (PARTITION BY patient_id ORDER BY _row) FROM patients p",
    "SELECT * FROM patients UNION ALL SELECT * FROM patients",
    "SELECT * FROM (VALUES ('a', 'b')) AS v (x, y) JOIN patients ON true",
]

ATTACKS = [
    "SELECT * FROM read_csv('/etc/passwd')",
    "SELECT * FROM read_text('/etc/passwd')",
    "SELECT * FROM '/etc/passwd'",
    "SELECT * FROM 'other.parquet'",
    "SELECT * FROM glob('/*')",
    "SELECT *, (SELECT content FROM read_text('/etc/passwd')) FROM patients",
    "WITH a AS (SELECT * FROM read_blob('/etc/passwd')) SELECT * FROM a",
    "SELECT * FROM patients WHERE _row IN (SELECT 1 FROM read_csv_auto('x.csv'))",
    "SELECT getenv('HOME') FROM patients",
    "SELECT current_setting('temp_directory') FROM patients",
    "SELECT * FROM duckdb_settings()",
    "SELECT * FROM information_schema.tables",
    "SELECT * FROM pg_catalog.pg_tables",
    "SELECT * FROM sqlite_master",
    "SELECT * FROM query('SELECT 1')",
    "SELECT * FROM query_table('patients')",
    "SELECT * FROM pragma_version()",
    "SELECT *, random() FROM patients",
    "SELECT *, now() FROM patients",
    "COPY patients TO 'out.csv'",
    "SELECT 1; SELECT 2",
    "SELECT 1; DROP TABLE patients",
    "INSERT INTO patients SELECT * FROM patients",
    "CREATE TABLE t AS SELECT 1",
    "ATTACH 'other.db'",
    "INSTALL httpfs",
    "LOAD httpfs",
    "PRAGMA database_list",
    "SET threads = 1",
    "EXPLAIN SELECT * FROM patients",
    "CALL pragma_version()",
    "SELECT current_date FROM patients",
    "SELECT current_timestamp FROM patients",
    "SELECT current_user FROM patients",
    "SELECT version() FROM patients",
    "FROM read_csv('/etc/passwd')",
    "PIVOT patients ON patient_id",
    "FROM '/etc/passwd'",
    "FROM 'data/*.csv'",
    'SELECT * FROM "/etc/passwd"',
    "SELECT * FROM patients NATURAL JOIN '../other/labs.csv'",
    "SELECT * FROM patients, LATERAL (SELECT * FROM read_csv('/etc/passwd'))",
    "SELECT * FROM patients UNION ALL (SELECT * FROM parquet_scan('x.parquet'))",
    "SELECT * FROM patients ORDER BY (SELECT max(content) FROM read_text('/etc/passwd'))",
    "SELECT * FROM patients QUALIFY EXISTS (FROM read_csv('/etc/passwd'))",
    "SELECT * FROM patients LIMIT (SELECT count(*) FROM glob('/etc/*'))",
    "SELECT list_transform([1], x -> (SELECT count(*) FROM glob('/*'))) FROM patients",
    "SELECT * FROM read_json('/etc/passwd')",
    "SELECT * FROM read_ndjson_objects('/etc/passwd')",
    "SELECT * FROM parquet_metadata('x.parquet')",
    "SELECT * FROM sniff_csv('/etc/passwd')",
    "SELECT * FROM duckdb_secrets()",
    "SELECT * FROM duckdb_tables()",
    "SELECT * FROM duckdb_memory()",
    "SELECT * FROM which_secret('x', 's3')",
    "SELECT * FROM other.main.patients",
    "SELECT * FROM system.information_schema.tables",
    "WITH a AS (WITH b AS (SELECT * FROM glob('/*')) SELECT * FROM b) SELECT * FROM a",
    "WITH RECURSIVE a AS (SELECT 1 UNION ALL SELECT * FROM read_csv('/x')) SELECT * FROM a",
    "WITH a AS (DELETE FROM patients RETURNING *) SELECT * FROM a",
    "WITH a AS (INSERT INTO patients VALUES ('a', 'b', 1) RETURNING *) SELECT * FROM a",
    "WITH a AS (SELECT 1) DELETE FROM patients",
    "SELECT 1 /* ; */ ; /* -- */ DROP TABLE patients -- ",
    "SELECT 1 -- a remark\n; COPY patients TO 'x.csv'",
    "SELECT getenv /* a remark */ ('HOME') FROM patients",
    "SELECT GETENV('HOME') FROM patients",
    "SELECT \"getenv\"('HOME') FROM patients",
    "SELECT ('HOME').getenv() FROM patients",
    "SELECT system.main.getenv('HOME') FROM patients",
    "CREATE MACRO m(x) AS getenv(x)",
    "CREATE TEMP MACRO m() AS TABLE SELECT * FROM read_csv('/etc/passwd')",
    "PREPARE p AS SELECT 1",
    "EXECUTE p",
    "EXPORT DATABASE 'x'",
    "IMPORT DATABASE 'x'",
    "DETACH memory",
    "USE memory",
    "CHECKPOINT",
    "VACUUM",
    "DESCRIBE SELECT 1",
    "SUMMARIZE patients",
    "SHOW TABLES",
    "UPDATE patients SET _row = 1",
    "TRUNCATE patients",
    "ALTER TABLE patients ADD COLUMN x INT",
    "BEGIN; SELECT 1",
    "SELECT nextval('s') FROM patients",
    "SELECT uuid() FROM patients",
    "SELECT 1 INTO x",
    """SELECT b.* FROM (WITH "x.csv" AS (SELECT 1) FROM "x.csv") a, 'x.csv' b""",
    "SELECT * FROM patients TABLESAMPLE 10%",
    "SELECT * FROM patients USING SAMPLE 1",
    "SELECT * FROM (SELECT * FROM patients USING SAMPLE 1)",
    "SELECT * FROM (SELECT 1) TABLESAMPLE 5 ROWS",
    "WITH RECURSIVE a(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM a) SELECT * FROM a",
    "SELECT * FROM (WITH RECURSIVE a AS (SELECT 1 UNION ALL SELECT * FROM a) SELECT * FROM a)",
    "SELECT transaction_timestamp() FROM patients",
    "SELECT get_current_time() FROM patients",
    "SELECT age(TIMESTAMP '2000-01-01') FROM patients",
    "SELECT ago(INTERVAL 1 DAY) FROM patients",
    "SELECT uuidv4() FROM patients",
    "SELECT uuidv7() FROM patients",
    "SELECT txid_current() FROM patients",
    "SELECT current_schemas(true) FROM patients",
    "SELECT in_search_path('a', 'b') FROM patients",
    "SELECT write_log(patient_id) FROM patients",
    "SELECT error(patient_id) FROM patients",
    "SELECT assert_true(false, patient_id) FROM patients",
    "SELECT sleep_ms(100000) FROM patients",
    "SELECT pg_sleep(100) FROM patients",
    "SELECT pg_get_viewdef(1) FROM patients",
    "SELECT * FROM repeat(1, 1000000000000)",
    "FROM json_execute_serialized_sql(json_serialize_sql('SELECT 1'))",
    "SELECT * FROM patients POSITIONAL JOIN 'x.csv'",
    "SELECT * FROM (SUMMARIZE patients)",
    "SELECT * FROM seq_scan('patients')",
    "TABLE 'x.csv'",
    "VALUES ((SELECT count(*) FROM read_text('/etc/passwd')))",
    "SELECT apply(['HOME'], x -> getenv(x)) FROM patients",
    ";;",
    "SELECT (",
    "",
]


@pytest.mark.parametrize("sql", ALLOWED)
def test_a_select_over_the_extract_passes(sql, connection) -> None:
    one_select(connection, sql, "patients.sql")
    connection.execute(sql)


@pytest.mark.parametrize("sql", ATTACKS)
def test_anything_else_is_refused_before_it_runs(sql, connection) -> None:
    with pytest.raises(Refusal, match=r"^patients\.sql: ") as refused:
        one_select(connection, sql, "patients.sql")
    assert "passwd" not in str(refused.value) or "reads" in str(refused.value)
    assert connection.execute("SELECT count(*) FROM patients").fetchone() == (0,)


@pytest.mark.parametrize("name", source_names())
def test_every_source_that_ships_is_within_bounds(name) -> None:
    form = source(name)
    with duckdb.connect() as own:
        names = [file.name for file in form.files]
        for relation in [*names, "concept_sets", "vocabulary_blocks"]:
            own.execute(f'CREATE TEMP TABLE "{relation}" (a VARCHAR)')
        for step, sql in step_statements(name).items():
            one_select(own, sql, f"{step}.sql")
            own.execute(f'CREATE TEMP TABLE "{step}" (a VARCHAR)')
        for table, sql in select_statements(name).items():
            one_select(own, sql, f"{table}.sql")


def test_the_engine_that_parses_starts_no_thread() -> None:
    """Processes are forked beside it."""
    count = (
        "import os, sys; from analysis.ingest.sql.permitted_sql import parser; before = "
        "len(os.listdir('/proc/self/task')); parser().execute('SELECT 1').fetchall(); "
        "sys.exit(len(os.listdir('/proc/self/task')) - before)"
    )
    done = subprocess.run([sys.executable, "-c", count], capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
