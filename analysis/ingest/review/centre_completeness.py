"""Completeness of laboratory values by centre: people with a value among people observed.

By the centre at first dialysis, the calendar year and the analyte. For the restricted review only:
a row names a centre.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from analysis import store
from analysis.runner import map_in_order

NO_CENTRE = "(no centre)"
COLUMNS = ["centre_id", "year", "analyte", "have", "observed"]


class Task(NamedTuple):
    folder: Path
    number: int
    start: date
    end: date


def completeness_by_centre(
    folder: Path, metadata: dict, start: date, end: date, threads: int = 1
) -> pd.DataFrame:
    """``centre_id, year, analyte, have, observed`` of the ingest stage in ``folder``.

    ``observed``: people between registry entry (or first dialysis) and death, last contact or
    ``end`` for at least a day of the year; ``have``: those with a value of the analyte in it.
    No row where no value of any analyte is used.
    """
    if "labs" not in metadata["tables"]:
        return pd.DataFrame({name: [] for name in COLUMNS})
    tasks = [Task(folder, number, start, end) for number in range(metadata["buckets"])]
    parts = list(map_in_order(_one_bucket, tasks, threads))
    observed = pd.concat([o for o, _ in parts]).groupby(["centre_id", "year"]).sum()
    have = pd.concat([h for _, h in parts]).groupby(["centre_id", "year", "analyte"]).sum()
    if have.empty:
        return pd.DataFrame({name: [] for name in COLUMNS})
    analytes = sorted(set(have.index.get_level_values("analyte")))
    every = observed.reset_index().merge(pd.DataFrame({"analyte": analytes}), how="cross")
    whole = every.merge(have.reset_index(), on=["centre_id", "year", "analyte"], how="left")
    whole = whole.assign(have=whole["have"].fillna(0).astype(int))
    return whole.sort_values(["analyte", "centre_id", "year"], ignore_index=True)[COLUMNS]


def _one_bucket(task: Task) -> tuple[pd.DataFrame, pd.DataFrame]:
    name = f"{task.number:04d}.parquet"
    people = store.read_frame(task.folder / "patients" / name)
    labs = store.read_frame(task.folder / "labs" / name)
    centre = people["centre_id"].astype(object).fillna(NO_CENTRE).to_numpy()
    first, last = _years(people, task)
    observed = [
        pd.DataFrame({"centre_id": centre[(first <= y) & (y <= last)], "year": y, "observed": 1})
        for y in range(task.start.year, task.end.year + 1)
    ]
    person = pd.Index(people["patient_id"]).get_indexer(labs["patient_id"])
    year = labs["sample_date"].to_numpy("datetime64[Y]").astype(np.int64) + 1970
    inside = (person >= 0) & (first[person] <= year) & (year <= last[person])
    pairs = pd.DataFrame({"person": person, "year": year, "analyte": labs["analyte"].astype(str)})
    pairs = pairs[inside].drop_duplicates()
    have = pairs.assign(centre_id=centre[pairs["person"]], have=1)
    keys = ["centre_id", "year", "analyte"]
    return (
        pd.concat(observed).groupby(keys[:2])[["observed"]].sum().reset_index(),
        have.groupby(keys)[["have"]].sum().reset_index(),
    )


def _years(people: pd.DataFrame, task: Task) -> tuple[np.ndarray, np.ndarray]:
    """First and last calendar year in which each person is observed."""
    entry = people["registry_entry_date"].fillna(people["first_dialysis_date"])
    begin = np.maximum(entry.to_numpy("datetime64[D]"), np.datetime64(task.start))
    end = np.full(len(people), np.datetime64(task.end))
    for column in ("death_date", "last_contact_date"):
        day = people[column].to_numpy("datetime64[D]")
        end = np.where(np.isnat(day), end, np.minimum(end, day))
    first, last = (d.astype("datetime64[Y]").astype(np.int64) + 1970 for d in (begin, end))
    return first, last
