"""A registry of any number of labs in the simulator's shape: a small simulated one, repeated.

Each repetition is of new people with the same histories, dirt included, so that what a row costs
is what it costs in a registry of that size, and no time is spent on drawing courses.
"""

from __future__ import annotations

from pathlib import Path

import duckdb

from analysis import simulate
from analysis.study import Study

PEOPLE = 3_000
TYPED = {"sample_date": "DATE", "result_date": "DATE", "assay_upper_limit": "DOUBLE"}


def write_registry(study: Study, folder: Path, labs: int, form: str) -> int:
    """Write an extract of at least ``labs`` laboratory rows to ``folder``; the rows there are.

    ``form``: ``csv``, ``text`` (Parquet, every column text) or ``typed`` (Parquet, dates as dates
    and limits as numbers; values stay text, since some are bounds). Only labs take that form; the
    other tables are CSV.
    """
    seed = folder.with_name(f"{folder.name}_seed")
    simulate.run(study, PEOPLE, 1, seed, folder.with_name(f"{folder.name}_truth"), lambda *_: None)
    folder.mkdir(parents=True, exist_ok=True)
    with duckdb.connect() as connection:
        connection.execute("SET threads=2; SET preserve_insertion_order=true")
        once = _count(connection, seed / "labs.csv")
        copies = -(-labs // once)
        for path in sorted(seed.glob("*.csv")):
            _repeat(connection, path, folder, copies, form if path.stem == "labs" else "csv")
    return once * copies


def _count(connection: duckdb.DuckDBPyConnection, path: Path) -> int:
    row = connection.execute(f"SELECT count(*) FROM {_read(path)}").fetchone()
    return int(row[0]) if row else 0


def _read(path: Path) -> str:
    return f"read_csv('{path}', all_varchar=true, header=true, null_padding=true)"


def _repeat(
    connection: duckdb.DuckDBPyConnection, path: Path, folder: Path, copies: int, form: str
) -> None:
    connection.execute(f"CREATE OR REPLACE TEMP TABLE seed AS SELECT * FROM {_read(path)}")
    names = [row[0] for row in connection.execute("DESCRIBE seed").fetchall()]
    if "patient_id" not in names:
        copies = 1
    cells = ", ".join(_cell(name, form) for name in names)
    # one branch a repetition keeps the people apart and the rows of each in their order
    rows = " UNION ALL ".join(
        f"SELECT {cells} FROM seed".replace("$k", f"{k:06d}") for k in range(copies)
    )
    target = folder / f"labs.{'csv' if form == 'csv' else 'parquet'}"
    target = target.with_stem(path.stem)
    options = "FORMAT csv, HEADER" if form == "csv" else "FORMAT parquet"
    connection.execute(f"COPY ({rows}) TO '{target}' ({options})")


def _cell(name: str, form: str) -> str:
    if name == "patient_id":
        return "patient_id || 'K$k' AS patient_id"
    if form == "typed" and name in TYPED:
        return f'TRY_CAST("{name}" AS {TYPED[name]}) AS "{name}"'
    return f'"{name}"'
