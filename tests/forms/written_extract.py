"""A small extract of another source, written cell by cell, ingested, and read back."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from analysis import ingest, store
from analysis.study import PROTOCOLS, read_study


def ingested(source: str, folder: Path, protocol: str = "", **files: str) -> Path:
    """Write ``<name>.csv`` as given (``a__b`` is ``a/b``) and ingest; the stage's folder.

    ``protocol``: where it is not that of the source's name.
    """
    for name, text in files.items():
        path = folder / "extract" / f"{name.replace('__', '/')}.csv"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    study = read_study(PROTOCOLS / f"{protocol or source}.toml")
    study = study.model_copy(update={"source": source})
    ingest.run(study, folder / "extract", folder / "ingest", threads=1)
    return folder / "ingest"


def used(stage: Path, table: str, *columns: str) -> list[tuple]:
    """The used rows of a table, dates as text, sorted."""
    frame = store.read_frame(stage / table / "0000.parquet")[list(columns)]
    return sorted(tuple(_plain(cell) for cell in row) for row in frame.itertuples(index=False))


def _plain(cell: object) -> object:
    if isinstance(cell, pd.Timestamp):
        return str(cell.date())
    return None if pd.isna(cell) else cell  # type: ignore[call-overload]


def counted(stage: Path, measure: str, column: str = "term") -> dict[str, int]:
    """Sum of rows of one measure of data quality, by a column."""
    frame = store.read_frame(stage / "quality.parquet")
    rows = frame[frame["measure"] == measure]
    return {k: int(n) for k, n in rows.groupby(column)["numerator"].sum().items() if k}
