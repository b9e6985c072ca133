"""People of an extract: one row a person, with bucket and place in it; rules on their rows."""

from __future__ import annotations

from collections.abc import Sequence

import duckdb

from analysis.ingest.files.records import Broken
from analysis.ingest.first_pass.account import rule_sentence
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
NOBODY = "holds no person who can be used"
UNKNOWN_PERSON = "patient_id:unknown_person"
LATE_SCOPE = "after_end_of_data"


def refuse_conflicting_people(connection: duckdb.DuckDBPyConnection, typed: str) -> None:
    """One person, one row: an exact repeat is a duplicate, a differing one stops the run."""
    repeated = (
        f"SELECT patient_id FROM {typed} WHERE _rule IS NULL "
        "GROUP BY patient_id HAVING count(*) > 1"
    )
    columns = (
        f"SELECT * EXCLUDE (_file, _row, _rule, _flag, _out_of_scope) FROM {typed} "
        f"WHERE _rule IS NULL AND patient_id IN ({repeated})"
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


def store_people(connection: duckdb.DuckDBPyConnection, typed: str) -> bool:
    """The table ``_people``: each known person's bucket and place in it.

    Whether any row of ``typed`` breaks no rule: people out of scope are none of these, but are
    there.
    """
    connection.execute(
        "CREATE TABLE _people AS SELECT patient_id, _bucket, CAST(row_number() OVER "
        "(PARTITION BY _bucket ORDER BY patient_id) - 1 AS INTEGER) AS _person "
        f"FROM (SELECT DISTINCT patient_id, _bucket FROM {typed} "
        "WHERE _rule IS NULL AND _out_of_scope IS NULL)"
    )
    sound = f"SELECT 1 FROM {typed} WHERE _rule IS NULL LIMIT 1"
    return bool(connection.execute(sound).fetchall())


def no_people_refusal(
    connection: duckdb.DuckDBPyConnection, typed: str, broken: Sequence[Broken], file: str
) -> Refusal:
    """The refusal of a file without a usable person: the rule that rejects most, and its first row.

    ``broken``: its records that could not be cut into cells.
    """
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
