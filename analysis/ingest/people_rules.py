"""Rules across tables: every record belongs to a known person and to that person's lifetime."""

from __future__ import annotations

from collections.abc import Sequence

import duckdb

from analysis.ingest.account import rule_sentence
from analysis.ingest.buckets import bucket_of
from analysis.ingest.records import Broken
from analysis.ingest.sql_text import literal, quoted
from data_schema.declarations import Table
from data_schema.refusal import Refusal, refusal

EVENT_DATES = {
    "labs": "sample_date",
    "diagnoses": "date",
    "procedures": "date",
    "assessments": "date",
    "drugs": "start_date",
    "modality_spells": "start_date",
    "coverage": "start_date",
}
STANDING = "t._rule IS NULL, t._out_of_scope IS NULL"  # only rows of one standing repeat each other
NOBODY = "holds no person who can be used"
UNKNOWN_PERSON = "patient_id:unknown_person"
LATE_SCOPE = "after_end_of_data"


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
    ).fetchall()
    for file, row in second:
        raise refusal(
            "a person stands in patients twice with different facts",
            file=file,
            row=row,
            column="patient_id",
        )


def store_people(connection: duckdb.DuckDBPyConnection, typed: str, buckets: int) -> bool:
    """The table ``_people``: each known person's bucket and place in it.

    Whether any row of ``typed`` breaks no rule: people out of scope are none of these, but are
    there.
    """
    connection.execute(
        "CREATE TABLE _people AS SELECT patient_id, _bucket, CAST(row_number() OVER "
        "(PARTITION BY _bucket ORDER BY patient_id) - 1 AS INTEGER) AS _person "
        f"FROM (SELECT DISTINCT patient_id, {bucket_of('patient_id', buckets)} AS _bucket "
        f"FROM {typed} WHERE _rule IS NULL AND _out_of_scope IS NULL)"
    )
    sound = f"SELECT 1 FROM {typed} WHERE _rule IS NULL LIMIT 1"
    return bool(connection.execute(sound).fetchall())


def nobody(
    connection: duckdb.DuckDBPyConnection, typed: str, broken: Sequence[Broken], file: str
) -> Refusal:
    """Says of a file without a person who can be used by which rule most are rejected, and the
    first of them. ``broken``: its records that could not be cut into cells."""
    rows = connection.execute(
        "SELECT _rule, count(*), min_by(_file, (_file, _row)), min_by(_row, (_file, _row)) "
        f"FROM {typed} GROUP BY _rule"
    ).fetchall()
    for rule in sorted({rule for _, _, rule in broken}):
        places = [(name, row) for name, row, why in broken if why == rule]
        rows.append((f":{rule}", len(places), *min(places)))
    if not rows:
        return refusal(NOBODY, file=file)
    name, count, first_file, first_row = min(rows, key=lambda row: (-row[1], *row[2:]))
    column, _, rule = name.partition(":")
    records = sum(row[1] for row in rows)
    why = f"{rule_sentence('patients', rule)} ({count:,} of {records:,} records)"
    return refusal(f"{NOBODY}: {why}", file=first_file, row=first_row, column=column)


def repeats_select(table: Table) -> str:
    """SELECT of whether any two of the ``_rows`` have one key; most tables have none."""
    return (
        f"SELECT EXISTS (SELECT 1 FROM _rows t GROUP BY {_key(table)}, {STANDING} "
        "HAVING count(*) > 1)"
    )


def checked_select(table: Table, data_end: str, repeats: bool = True) -> str:
    """SELECT of a bucket's rows of a table with the rules between tables and the duplicates.

    Reads ``_rows`` (as staged) and ``_people`` (``_person``, ``patient_id``, ``_birth``,
    ``_death``) of the bucket. ``repeats``: whether there may be any.
    """
    date = EVENT_DATES.get(table.name)
    rules, join, scope = "CAST(NULL AS VARCHAR)", "", "t._out_of_scope"
    if _of_a_person(table):
        join = "LEFT JOIN _people p USING (_person)"
        rules = (
            "CASE WHEN t._out_of_scope IS NOT NULL THEN NULL "
            f"WHEN p.patient_id IS NULL THEN {literal(UNKNOWN_PERSON)} {_in_time(date)} END"
        )
    if date:
        late = f"t._rule IS NULL AND {quoted(date)} > DATE {literal(data_end)}"
        scope = f"coalesce(t._out_of_scope, CASE WHEN {late} THEN {literal(LATE_SCOPE)} END)"
    repeated = literal(f"{table.key[0]}:duplicate_row")
    person = "p.patient_id, " if join else ""
    nth = (
        f"CASE WHEN t._out_of_scope IS NULL THEN row_number() OVER (PARTITION BY {STANDING}, "
        f"{_key(table)} ORDER BY _file, _row) END"
    )
    return (
        "SELECT * EXCLUDE (_rule, _late_rule, _nth), coalesce(CAST(_rule AS VARCHAR), _late_rule, "
        f"CASE WHEN _nth > 1 THEN {repeated} END) AS _rule FROM ("
        f"SELECT {person}t.* EXCLUDE (_out_of_scope), {scope} AS _out_of_scope, "
        f"{rules} AS _late_rule, {nth if repeats else '1'} AS _nth FROM _rows t {join})"
    )


def _of_a_person(table: Table) -> bool:
    return "patient_id" in table.column_names and table.name != "patients"


def _key(table: Table) -> str:
    cells = (quoted(c) for c in table.key if c != "patient_id" or not _of_a_person(table))
    return ", ".join(f"t.{c}" for c in (*(["_person"] if _of_a_person(table) else []), *cells))


def _in_time(date: str | None) -> str:
    if date is None:
        return ""
    place = quoted(date)
    return (
        f"WHEN {place} > p._death THEN {literal(f'{date}:after_death')} "
        f"WHEN {place} < p._birth THEN {literal(f'{date}:before_birth')}"
    )
