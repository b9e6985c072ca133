"""A native extract written cell by cell, ingested, and read back."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
from small_bucket import study

from analysis import ingest, store

STUDY = study()
PATIENTS = "patient_id,first_dialysis_date,death_date\n" + "".join(
    f"{number:02d},2010-01-04,\n" for number in range(10)
)
LABS = "patient_id,sample_date,analyte,value,unit,centre_id\n"


def ingested(folder: Path, **files: str) -> Path:
    """Write ``<name>.csv`` as given (patients too, unless given) and ingest; the stage's folder."""
    extract = folder / "extract"
    extract.mkdir(parents=True, exist_ok=True)
    for name, text in {"patients": PATIENTS, **files}.items():
        (extract / f"{name}.csv").write_bytes(text.encode())
    ingest.run(STUDY, extract, folder / "ingest", threads=1)
    return folder / "ingest"


def used(stage: Path, table: str) -> pd.DataFrame:
    return store.read_frame(stage / table / "0000.parquet")


def rejects(stage: Path) -> list[tuple[int, str, str]]:
    """(record, column, rule) of every reject."""
    frame = store.read_frame(stage / "rejects.parquet")
    return sorted(frame[["row", "column", "rule"]].itertuples(index=False, name=None))


def quality(stage: Path, measure: str) -> pd.DataFrame:
    frame = store.read_frame(stage / "quality.parquet")
    text = frame.select_dtypes("string").columns
    return frame[frame["measure"] == measure].fillna(dict.fromkeys(text, ""))
