"""Rules across tables: every record belongs to a known person and to that person's lifetime."""

from __future__ import annotations

import duckdb

from analysis.ingest.records import literal, quoted
from data_schema.declarations import Table
from data_schema.refusal import refusal

EVENT_DATES = {
    "labs": "sample_date",
    "diagnoses": "date",
    "procedures": "date",
    "assessments": "date",
    "drugs": "start_date",
    "modality_spells": "start_date",
    "coverage": "start_date",
}


def refuse_conflicting_people(connection: duckdb.DuckDBPyConnection, typed: str) -> None:
    """One person, one row: an exact repeat is a duplicate, a differing one stops the run."""
    columns = (
        f"SELECT * EXCLUDE (_file, _row, _rule, _flag, _out_of_scope) FROM {typed} "
        "WHERE _rule IS NULL"
    )
    second = connection.execute(
        f"SELECT _file, _row FROM {typed} WHERE _rule IS NULL AND patient_id IN "
        f"(SELECT patient_id FROM (SELECT DISTINCT * FROM ({columns})) "
        "GROUP BY patient_id HAVING count(*) > 1) "
        "QUALIFY row_number() OVER (PARTITION BY patient_id ORDER BY _file, _row) = 2 "
        "ORDER BY _file, _row LIMIT 1"
    ).fetchone()
    if second:
        raise refusal(
            "a person stands in patients twice with different facts",
            file=second[0],
            row=second[1],
            column="patient_id",
        )


def checked_relation(
    connection: duckdb.DuckDBPyConnection, table: Table, typed: str, data_end: str
) -> str:
    """Make ``_checked_<table>``: typed rows with the cross-table rules and duplicates added."""
    name = f"_checked_{table.name}"
    key = ", ".join(quoted(c) for c in table.key)
    date = EVENT_DATES.get(table.name)
    rules, scope, join = "NULL", "t._out_of_scope", ""
    if "patient_id" in table.column_names and table.name != "patients":
        join = "LEFT JOIN _people p USING (patient_id)"
        rules = (
            "CASE WHEN t._out_of_scope IS NOT NULL THEN NULL "
            f"WHEN p._known IS NULL THEN 'patient_id:unknown_person' {_in_time(date)} END"
        )
    if date:
        late = f"{quoted(date)} > DATE {literal(data_end)}"
        late_scope = f"CASE WHEN _rule IS NULL AND {late} THEN 'after_end_of_data' END"
        scope = f"coalesce(t._out_of_scope, {late_scope})"
    connection.execute(
        f"CREATE TEMP TABLE {name} AS SELECT * EXCLUDE (_rule, _late_rule, _nth), "
        "coalesce(_rule, _late_rule, CASE WHEN _nth > 1 THEN "
        f"{literal(f'{table.key[0]}:duplicate_row')} END) AS _rule FROM ("
        f"SELECT t.* EXCLUDE (_out_of_scope), {scope} AS _out_of_scope, {rules} AS _late_rule, "
        "CASE WHEN t._out_of_scope IS NULL THEN row_number() OVER (PARTITION BY _rule IS NULL, "
        f"t._out_of_scope IS NULL, {key} ORDER BY _file, _row) END AS _nth "
        f"FROM {typed} t {join})"
    )
    connection.execute(f"DROP TABLE {typed}")
    return name


def _in_time(date: str | None) -> str:
    if date is None:
        return ""
    place = quoted(date)
    return (
        f"WHEN {place} > p._death THEN {literal(f'{date}:after_death')} "
        f"WHEN {place} < p._birth THEN {literal(f'{date}:before_birth')}"
    )


def store_people(connection: duckdb.DuckDBPyConnection, checked: str) -> None:
    """The table ``_people``: known persons with birth and death."""
    connection.execute(
        "CREATE TEMP TABLE _people AS SELECT patient_id, TRUE AS _known, death_date AS _death, "
        f"birth_date AS _birth FROM {checked} WHERE _rule IS NULL AND _out_of_scope IS NULL"
    )
