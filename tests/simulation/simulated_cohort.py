"""A second, short way from a simulated extract to risk intervals, for the tests of this folder.

It shares no code with the ingest and cohort stages, so that a fault of theirs cannot hide one of
the simulator's. For extracts without dirt.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

TO_SI = {"pg/mL": 1 / 9.425, "g/dL": 10.0, "ng/mL": 2.496}
MG_DL = {"calcium": 1 / 4.0078, "phosphate": 1 / 3.0974}
TERMS = ("log2_pth", "calcium_corrected", "phosphate", "age", "male")


def read(extract: Path, name: str) -> pd.DataFrame:
    return pd.read_csv(extract / f"{name}.csv", dtype=str)


def days(text: pd.Series) -> np.ndarray:
    """Days since 1970; NaN where the cell is empty."""
    moments = pd.to_datetime(text, format="%Y-%m-%d")
    return ((moments - pd.Timestamp(1970, 1, 1)) / pd.Timedelta(days=1)).to_numpy()


def follow_up(extract: Path, data_end: str) -> pd.DataFrame:
    """entry, exit (first of onset, death, transplant, recovery, loss, end) and onset by person."""
    people = read(extract, "patients").set_index("patient_id")
    table = pd.DataFrame(index=people.index)
    table["first"] = days(people["first_dialysis_date"])
    table["age"] = (table["first"] - days(people["birth_date"])) / 365.25
    table["male"] = (people["sex"] == "male").astype(float)
    covered = read(extract, "coverage").query("domain == 'diagnoses'").set_index("patient_id")
    table["covered_from"] = days(covered["start_date"].reindex(table.index))
    table["covered_to"] = days(covered["end_date"].reindex(table.index))
    table["death"] = days(people["death_date"])
    table["gone"] = first_spell(extract, "TX", "recovered").reindex(table.index)
    table["lost"] = first_spell(extract, "lost").reindex(table.index)
    table["onset"] = first_definite(extract).reindex(table.index)
    table["operation"] = first_operation(extract).reindex(table.index)
    registered = days(people["registry_entry_date"])
    table["entry"] = np.maximum.reduce([table["first"] + 90, registered, table["covered_from"]])
    end = float(days(pd.Series([data_end]))[0])
    competing = table[["death", "gone"]].min(axis=1)
    leaves = table[["death", "gone", "lost", "covered_to"]].min(axis=1).fillna(end).clip(upper=end)
    table["event"] = (table["onset"] > table["entry"]) & (table["onset"] <= leaves)
    table["exit"] = np.where(table["event"], table["onset"], leaves)
    table["competing"] = ~table["event"] & (competing == table["exit"])
    prevalent = table["onset"] <= table["entry"]
    return table[~prevalent & (table["exit"] > table["entry"])]


def first_spell(extract: Path, *modalities: str) -> pd.Series:
    rows = read(extract, "modality_spells")
    rows = rows[rows["modality"].isin(modalities)]
    return rows.assign(day=days(rows["start_date"])).groupby("patient_id")["day"].min()


def first_definite(extract: Path) -> pd.Series:
    assessed = read(extract, "assessments")
    positive = assessed[
        assessed["method"].isin(["radiograph", "ct"])
        & (assessed["calcification"] == "yes")
        & (assessed["erosion"] != "yes")
    ]
    return positive.assign(day=days(positive["date"])).groupby("patient_id")["day"].min()


def first_operation(extract: Path) -> pd.Series:
    rows = read(extract, "procedures")
    rows = rows[rows["code"].isin(["0681", "0689", "60500"])]
    return rows.assign(day=days(rows["date"])).groupby("patient_id")["day"].min()


def lab_values(extract: Path) -> pd.DataFrame:
    """A row a person and day: pth, calcium_corrected, phosphate in SI units; NaN: not measured."""
    labs = read(extract, "labs")
    labs = labs[labs["analyte"].isin(["pth", "calcium", "phosphate", "albumin"])]
    factor = labs["unit"].map(TO_SI).fillna(1.0)
    in_mg = labs["unit"] == "mg/dL"
    factor = factor.where(~in_mg, labs["analyte"].map(MG_DL))
    labs = labs.assign(si=labs["value"].astype(float) * factor, day=days(labs["sample_date"]))
    wide = labs.pivot(index=["patient_id", "day"], columns="analyte", values="si").reset_index()
    wide["calcium_corrected"] = wide["calcium"] + 0.02 * (40 - wide["albumin"])
    return wide[["patient_id", "day", "pth", "calcium_corrected", "phosphate"]]


def risk_intervals(extract: Path, data_end: str) -> pd.DataFrame:
    """(start, stop] in days since first dialysis and the last values known; incomplete ones out."""
    people = follow_up(extract, data_end)
    rows = lab_values(extract)
    rows = rows[rows["patient_id"].isin(people.index)].assign(operated=0)
    operated = people["operation"].dropna()
    marks = pd.DataFrame({"patient_id": operated.index, "day": operated, "operated": 1})
    rows = pd.concat([rows, marks], ignore_index=True)
    rows = rows.sort_values(["patient_id", "day", "operated"], kind="stable", ignore_index=True)
    rows["operated"] = rows.groupby("patient_id")["operated"].cumsum()
    values = ["pth", "calcium_corrected", "phosphate"]
    rows[values] = rows.groupby(["patient_id", "operated"])[values].ffill()
    person = people.loc[rows["patient_id"]].reset_index(drop=True)
    following = rows.groupby("patient_id")["day"].shift(-1)
    stop = np.minimum(following.fillna(np.inf), np.minimum(person["exit"], rows["day"] + 180))
    start = np.maximum(rows["day"], person["entry"])
    table = rows.assign(
        start=start - person["first"],
        stop=stop - person["first"],
        event=(person["event"] & (stop == person["exit"])).astype(int),
        log2_pth=np.log2(rows["pth"]),
        calcium_corrected=rows["calcium_corrected"] / 0.25,
        phosphate=rows["phosphate"] / 0.323,
        age=person["age"] / 10,
        male=person["male"],
    )
    complete = table[list(TERMS)].notna().all(axis=1)
    columns = ["patient_id", "start", "stop", "event", *TERMS]
    return table.loc[complete & (table["stop"] > table["start"]), columns]
