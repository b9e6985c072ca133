"""``python -m analysis.ingest.review.vintages OLD NEW OUT``: two vintages of an extract, by record.

``OLD`` and ``NEW`` are ingest folders of one study. A record is known by the key of its table: it
is *added* or *gone* where only one vintage has the key, *changed* where both have it and the rest
differs. On the screen stand counts by table; ``OUT/vintages.csv`` has them by centre and year and
is restricted, since centres stand in it.
"""

from __future__ import annotations

import sys
from pathlib import Path

import duckdb
import pandas as pd

from analysis import store
from analysis.ingest.sql.quoting import parquet
from data_schema.declarations import TABLE_NAMES, table
from data_schema.refusal import Refusal

OUTCOMES = ("same", "added", "gone", "changed")
EVENT_DATE = {
    "patients": "first_dialysis_date",
    "modality_spells": "start_date",
    "labs": "sample_date",
    "diagnoses": "date",
    "procedures": "date",
    "drugs": "start_date",
    "assessments": "date",
    "coverage": "start_date",
}
KEYS = {"labs": ("patient_id", "sample_date", "analyte")}  # a corrected value is a change
NOT_COMPARED = ("_file", "_row", "person")  # places and numbers of a vintage of its own
COLUMNS = ("table", "centre_id", "year", *OUTCOMES)


def compare(old: Path, new: Path) -> pd.DataFrame:
    """Records by table, centre and year: n same, added, gone, changed.

    The centre is that of the person's first dialysis, in the newer vintage where it has the
    person; the year is that of the record. Raises ``Refusal`` where a folder is not finished.
    """
    for folder in (old, new):
        store.verify_manifest(folder)
    held = [set(store.read_json(folder / "facts.json")["tables"]) for folder in (old, new)]
    with duckdb.connect() as connection:
        connection.execute("SET memory_limit='2GB'; SET preserve_insertion_order=false")
        _read(connection, old, new, "patients", held)
        parts = [_outcomes(connection, "patients")]
        for name in TABLE_NAMES:
            if name in EVENT_DATE and name != "patients" and any(name in h for h in held):
                _read(connection, old, new, name, held)
                parts.append(_outcomes(connection, name))
    rows = pd.concat(parts, ignore_index=True)
    return rows.sort_values(list(COLUMNS[:3]), kind="stable", ignore_index=True)


def _read(
    connection: duckdb.DuckDBPyConnection, old: Path, new: Path, name: str, held: list[set[str]]
) -> None:
    """The views ``old_<name>`` and ``new_<name>``; a vintage without the table has no row."""
    folders = {"old": (old, name in held[0]), "new": (new, name in held[1])}
    some = next(folder for folder, has in folders.values() if has)
    for vintage, (folder, has) in folders.items():
        files = parquet((folder if has else some) / name / "*.parquet")
        connection.execute(
            f"CREATE VIEW {vintage}_{name} AS SELECT * FROM {files} WHERE {str(has).upper()}"
        )


def _outcomes(connection: duckdb.DuckDBPyConnection, name: str) -> pd.DataFrame:
    key = KEYS.get(name, table(name).key)
    keys = ", ".join(f'"{column}"' for column in key)
    both = " AND ".join(f'o."{column}" IS NOT DISTINCT FROM n."{column}"' for column in key)
    rest = [c for c in _columns(connection, name) if c not in (*key, *NOT_COMPARED)]
    content = ", ".join(f"coalesce(CAST(\"{c}\" AS VARCHAR), '')" for c in rest) or "''"
    date = EVENT_DATE[name]
    by_key = (
        f'SELECT {keys}, min("{date}") AS _date, min(patient_id) AS _person, '
        f"list_sort(list(concat_ws(chr(31), {content}))) AS _content "
        "FROM {vintage}_" + name + " GROUP BY " + keys
    )
    return connection.execute(
        f"""
        WITH o AS ({by_key.format(vintage="old")}), n AS ({by_key.format(vintage="new")}),
        outcome AS (
            SELECT coalesce(n._person, o._person) AS person, coalesce(n._date, o._date) AS date,
                CASE WHEN o._content IS NULL THEN 'added' WHEN n._content IS NULL THEN 'gone'
                     WHEN o._content <> n._content THEN 'changed' ELSE 'same' END AS outcome
            FROM o FULL JOIN n ON {both}),
        centre AS (
            SELECT patient_id, centre_id FROM new_patients UNION ALL
            SELECT patient_id, centre_id FROM old_patients WHERE patient_id NOT IN
                (SELECT patient_id FROM new_patients))
        SELECT '{name}' AS "table", coalesce(centre_id, '') AS centre_id,
            year(CAST(date AS DATE)) AS year,
            {", ".join(f"count(*) FILTER (outcome = '{one}') AS {one}" for one in OUTCOMES)}
        FROM outcome LEFT JOIN centre ON patient_id = person GROUP BY ALL ORDER BY ALL
        """
    ).df()


def _columns(connection: duckdb.DuckDBPyConnection, name: str) -> list[str]:
    """The columns that both vintages have."""
    old, new = (
        [row[0] for row in connection.execute(f"DESCRIBE {vintage}_{name}").fetchall()]
        for vintage in ("old", "new")
    )
    return [column for column in old if column in new]


def summary(rows: pd.DataFrame) -> str:
    """A line a table, without centres."""
    counts = rows.groupby("table", sort=False)[list(OUTCOMES)].sum()
    lines = [f"{'':<16}" + "".join(f"{outcome:>12}" for outcome in OUTCOMES)]
    lines += [
        f"{name:<16}" + "".join(f"{int(counts.loc[name, outcome]):>12,}" for outcome in OUTCOMES)
        for name in TABLE_NAMES
        if name in counts.index
    ]
    return "\n".join(lines)


def main(arguments: list[str]) -> int:
    if len(arguments) != 3:
        print("diff: give OLD=folder and NEW=folder", file=sys.stderr)
        return 2
    old, new, out = map(Path, arguments)
    try:
        rows = compare(old, new)
        store.write_text(store.private_folder(out) / "vintages.csv", rows.to_csv(index=False))
    except Refusal as refused:
        print(f"diff: {refused}", file=sys.stderr)
        return 2
    print(summary(rows))
    print(f"by centre and year, restricted: {out / 'vintages.csv'}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
