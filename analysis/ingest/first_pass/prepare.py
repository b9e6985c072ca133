"""Relations besides the holder's files: concept sets, views of absent files, tables of steps."""

from __future__ import annotations

import duckdb

from analysis.ingest.files.find_files import FoundFile
from analysis.ingest.sql.permitted_sql import does_not_run, one_select
from analysis.ingest.sql.quoting import quoted
from data_schema.concept_sets import Block, Concept, concept_sets, vocabulary_blocks
from data_schema.declarations import PeopleCount, Source, step_statements
from data_schema.results import Estimate


def create_empty_view(connection: duckdb.DuckDBPyConnection, found: FoundFile) -> None:
    """The view of a file that is not in the extract: its columns and no record."""
    declared = found.declared
    names = (*declared.columns, *declared.optional_columns, "_file")
    cells = ", ".join(f"CAST(NULL AS VARCHAR) AS {quoted(name)}" for name in names)
    connection.execute(
        f"CREATE VIEW {quoted(declared.name)} AS "
        f"SELECT {cells}, CAST(NULL AS BIGINT) AS _row WHERE FALSE"
    )


def prepare(connection: duckdb.DuckDBPyConnection, form: Source) -> None:
    """Make ``concept_sets``, ``vocabulary_blocks`` and the tables of the steps, in their order.

    Raises ``Refusal`` for a step that is not one SELECT statement or does not run.
    """
    if form.concept_sets:
        _store(connection, "concept_sets", Concept._fields, concept_sets(form.concept_sets))
        _store(connection, "vocabulary_blocks", Block._fields, vocabulary_blocks())
    for name, sql in step_statements(form.name).items():
        where = f"{name}.sql"
        one_select(connection, sql, where)
        try:
            connection.execute(f"CREATE TABLE {quoted(name)} AS {sql}")
        except duckdb.Error as error:
            raise does_not_run(error, sql, where) from None


def _store(
    connection: duckdb.DuckDBPyConnection, name: str, fields: tuple[str, ...], rows: tuple
) -> None:
    columns = ", ".join(f"{quoted(field)} VARCHAR" for field in fields)
    connection.execute(f"CREATE TABLE {name} ({columns})")
    marks = ", ".join("?" for _ in fields)
    cells = [[cell or None for cell in row] for row in rows]
    if cells:
        connection.executemany(f"INSERT INTO {name} VALUES ({marks})", cells)


def people_counts(connection: duckdb.DuckDBPyConnection, form: Source) -> list[Estimate]:
    """People in the rows of a step, by level; a person may be in several levels."""
    return [row for asked in form.people_counts for row in _people(connection, asked)]


def _people(connection: duckdb.DuckDBPyConnection, asked: PeopleCount) -> list[Estimate]:
    step, by = quoted(asked.step), quoted(asked.by)
    counts = dict(
        connection.execute(
            f"SELECT {by}, count(DISTINCT patient_id) FROM {step} GROUP BY 1"
        ).fetchall()
    )
    whole = connection.execute(f"SELECT count(*) FROM {quoted(asked.among)}").fetchone()
    everybody = float(whole[0]) if whole else 0.0
    return [
        Estimate(
            "quality",
            "distribution",
            population="extract",
            term=asked.step,
            level=level,
            reference=asked.says,
            strata=f"by={asked.by}",
            estimate=counts.get(level, 0) / everybody if everybody else None,
            numerator=float(counts.get(level, 0)),
            denominator=everybody,
            unit="proportion",
            reason=sentence,
        )
        for level, sentence in asked.levels.items()
    ]
