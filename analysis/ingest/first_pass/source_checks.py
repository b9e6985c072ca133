"""Checks of a holder's files as a whole, before any table is made of them."""

from __future__ import annotations

import duckdb

from analysis.ingest.sql.permitted_sql import does_not_run, one_select
from analysis.ingest.sql.run_selects import files_read
from data_schema.declarations import Source, check_statements
from data_schema.refusal import refusal
from data_schema.results import Estimate


def run_source_checks(connection: duckdb.DuckDBPyConnection, form: Source) -> list[Estimate]:
    """The flags by check and file. Raises ``Refusal`` where a check that stops is broken.

    A check is one SELECT of ``_file`` and ``_row`` of what breaks it; a check of a file that is
    not in the extract is passed over.
    """
    rows = []
    declared = {check.id: check for check in form.checks}
    present = {row[0] for row in connection.execute("SHOW TABLES").fetchall()}
    for name, sql in check_statements(form.name).items():
        where = f"{name}.sql"
        if not files_read(sql, form) <= present:
            continue
        one_select(connection, sql, where)
        try:
            counts = connection.execute(
                f"SELECT _file, count(*), min(_row) FROM ({sql}) WHERE _file IS NOT NULL "
                "GROUP BY 1 ORDER BY 1"
            ).fetchall()
        except duckdb.Error as error:
            raise does_not_run(error, sql, where) from None
        check = declared[name]
        if counts and check.severity == "stop":
            raise refusal(f"{name}: {check.says}", file=counts[0][0], row=counts[0][2])
        rows += [_flag(check.id, check.says, file, n) for file, n, _ in counts]
    return rows


def _flag(check: str, says: str, file: str, n: int) -> Estimate:
    return Estimate(
        "quality",
        "flagged_rows",
        strata=f"file={file};table=whole file",
        level=check,
        estimate=float(n),
        numerator=float(n),
        unit="records",
        reason=says,
    )
