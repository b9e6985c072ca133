"""Runs a source's SELECTs: one statement a canonical table, parsed before it runs."""

from __future__ import annotations

from collections import Counter

import duckdb

from analysis.ingest.sql.permitted_sql import does_not_run, one_select, relations_named
from analysis.ingest.sql.quoting import quoted
from data_schema.declarations import Source, Table
from data_schema.refusal import Refusal, refusal


def selected_relation(connection: duckdb.DuckDBPyConnection, table: Table, sql: str) -> str:
    """Make the view of a table's text rows; its name. Raises ``Refusal``.

    It has the table's columns (missing where the SELECT leaves one out), ``_file``, ``_row`` and
    ``_out_of_scope`` (a scope rule or NULL).
    """
    name = f"_selected_{table.name}"
    where = f"{table.name}.sql"
    one_select(connection, sql, where)
    try:
        columns = [row[0] for row in connection.execute(f"DESCRIBE {sql}").fetchall()]
    except duckdb.Error as error:
        raise does_not_run(error, sql, where) from None
    required = [column.name for column in table.columns if column.required]
    lacking = [c for c in (*required, "_file", "_row") if c not in columns]
    if lacking:
        raise Refusal(f"{where}: does not select {', '.join(lacking)}")
    scope = "_out_of_scope" if "_out_of_scope" in columns else "CAST(NULL AS VARCHAR)"
    cells = ", ".join(
        f"CAST({quoted(c) if c in columns else 'NULL'} AS VARCHAR) AS {quoted(c)}"
        for c in table.column_names
    )
    connection.execute(
        f"CREATE VIEW {quoted(name)} AS SELECT {cells}, _file, _row, "
        f"{scope} AS _out_of_scope FROM ({sql})"
    )
    return name


def files_read(sql: str, source: Source) -> set[str]:
    """The declared files that a SELECT names; none where it cannot be parsed."""
    return {file.name for file in source.files if file.name.lower() in relations_named(sql)}


def refuse_silent_loss(
    connection: duckdb.DuckDBPyConnection, table: Table, selected: str, file: str
) -> None:
    """Every record of the one file that a SELECT reads must stand in its result.

    Reads both again: for a SELECT whose rows are not the file's records, one by one.
    """
    ((lost,),) = connection.execute(
        f"SELECT count(*) FROM (SELECT _file, _row FROM {quoted(file)} "
        f"EXCEPT SELECT _file, _row FROM {quoted(selected)})"
    ).fetchall()
    if lost:
        raise refusal(
            f"loses {lost} records of {file} without naming a scope rule",
            file=f"{table.name}.sql",
        )


def records_selected(connection: duckdb.DuckDBPyConnection, selected: str) -> Counter:
    """Records by file in the result of a SELECT, each once however many rows it became."""
    once = f"SELECT DISTINCT _file, _row FROM {quoted(selected)}"
    rows = connection.execute(f"SELECT _file, count(*) FROM ({once}) GROUP BY 1 ORDER BY 1")
    return Counter(dict(rows.fetchall()))


def unknown_scope_rules(source: Source, found: set[str]) -> None:
    unnamed = sorted(found - set(source.scope_rules))
    if unnamed:
        raise Refusal(f"source.toml: scope_rules lacks {', '.join(unnamed)}")
