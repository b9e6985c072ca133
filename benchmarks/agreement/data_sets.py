"""The data sets compared on, one job each: a table of one form and what is asked of it.

Columns: ``id, start, stop, event`` (0, or the cause), ``weight, stratum, cluster, x1 ...``.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import pandas as pd

STORED = Path("tests/reference")
BROKEN = ", ties broken"


@dataclass(frozen=True)
class Job:
    """One model on one data set. ``times``: where a curve is read."""

    work: str
    data: str
    covariates: tuple[str, ...]
    late: bool
    weights: bool
    strata: bool
    cluster: bool
    times: tuple[float, ...]

    @property
    def name(self) -> str:
        return f"{self.work}.{self.data}".replace(", ", "_").replace(" ", "_")

    def as_record(self) -> dict:
        return {"name": self.name, **asdict(self)}


SETS = {
    "kaplan_meier": ["ties", "late_entry_ties", "whole_weights", "part_weights"],
    "aalen_johansen": ["ties", "continuous", "late_entry_ties", "three_causes", "part_weights"],
    "cox": [
        "heavy_ties",
        "late_entry_heavy_ties",
        "small_early_risk_sets",
        "strata_late_entry",
        "clusters",
        "clusters, ties broken",
        "moving_covariates",
        "moving_covariates, ties broken",
        "real_weights",
        "ten_events",
        "separated",
    ],
    "fine_gray": ["plain", "ties", "entry_ties"],
    "firth": ["plain", "heavy_ties", "ten_events_late_entry", "separated"],
}


def jobs() -> list[tuple[Job, pd.DataFrame]]:
    """Every job with its table, in the order of the printed table."""
    tables = {
        "curves": _read("curves/curves.csv"),
        "cox": _read("cox/data.csv"),
        "fine_gray": _read("fine_gray/fine_gray.csv"),
    }
    source = {"kaplan_meier": "curves", "aalen_johansen": "curves", "firth": "cox"}
    made = []
    for work, names in SETS.items():
        every = tables[source.get(work, work)]
        made += [_job(work, name, _rows(every, name)) for name in names]
    return made


def _rows(every: pd.DataFrame, name: str) -> pd.DataFrame:
    """A stored set; with its ties broken where the name says so, a person's rows still touching."""
    rows = every[every["set"] == name.removesuffix(BROKEN)]
    if not name.endswith(BROKEN):
        return rows
    person = rows["cluster"] if rows["start"].notna().all() else pd.Series(rows.index, rows.index)
    shift = (person - person.min()) / 1024
    return rows.assign(start=rows["start"] + shift, stop=rows["stop"] + shift)


def _read(path: str) -> pd.DataFrame:
    return pd.read_csv(STORED / path).rename(columns={"cause": "event"})


def _job(work: str, name: str, rows: pd.DataFrame) -> tuple[Job, pd.DataFrame]:
    rows = rows.dropna(axis="columns", how="all").reset_index(drop=True)
    x = tuple(c for c in rows.columns if c in {"x1", "x2", "x3", "x4"})
    curve = work in {"kaplan_meier", "aalen_johansen"}
    defaults = {
        "id": np.arange(len(rows)),
        "start": 0.0,
        "weight": 1.0,
        "stratum": 0,
        "cluster": -1,
    }
    table = rows.assign(**{c: v for c, v in defaults.items() if c not in rows})
    if curve:
        table = table.assign(stratum=0)
    if work == "kaplan_meier":
        table = table.assign(event=(table["event"] > 0).astype(int))
    job = Job(
        work=work,
        data=name,
        covariates=() if curve else x,
        late=bool((table["start"] > 0).any()),
        weights=bool((table["weight"] != 1).any()),
        strata=bool((table["stratum"] != table["stratum"].iloc[0]).any()),
        cluster=bool((table["cluster"] != -1).any()),
        times=tuple(_times(table)) if curve else (),
    )
    columns = ["id", "start", "stop", "event", "weight", "stratum", "cluster", *job.covariates]
    return job, table[columns]


def _times(table: pd.DataFrame) -> list[float]:
    """Times of leaving at which the curve of all causes is not yet 0."""
    kept = []
    for time in np.unique(table["stop"]):
        at_risk = (table["start"] < time) & (table["stop"] >= time)
        leaving = (table["stop"] == time) & (table["event"] > 0)
        if leaving.sum() == at_risk.sum():
            break
        kept.append(float(time))
    first = table.loc[table["event"] > 0, "stop"].min()
    return [time for time in kept if time >= first]
