"""Labs to risk intervals as one would write it by hand in pandas, with the same checks."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

DATE = r"^\d{4}-\d{2}-\d{2}$"
BOUND = r"^\s*(<=|>=|<|>)?\s*([-+]?[0-9]+(?:\.[0-9]+)?)\s*$"
PLACEHOLDERS = ["1900-01-01", "1901-01-01", "9999-12-31"]
KEY = ["patient_id", "date", "analyte", "number", "unit"]


def checked(folder: Path, given: dict) -> pd.DataFrame:
    """Rows with their first broken rule, missing for none."""
    rows = pd.read_parquet(folder / "labs.parquet")
    for name in rows:
        rows[name] = rows[name].astype("string[pyarrow]").str.strip().replace("", pd.NA)
    rows["row"] = np.arange(len(rows))
    for name, source in (("date", "sample_date"), ("result", "result_date")):
        rows[name] = pd.to_datetime(rows[source], format="%Y-%m-%d", errors="coerce")
    parts = rows["value"].str.extract(BOUND)
    rows["comparator"] = parts[0].fillna("")
    rows["number"] = pd.to_numeric(parts[1], errors="coerce").astype("float64")
    rows["limit"] = pd.to_numeric(rows["assay_upper_limit"], errors="coerce").astype("float64")
    factors = pd.DataFrame(given["factors"], columns=["analyte", "unit", "factor"])
    names = ["analyte", "low", "high", "soft_low", "soft_high"]
    limits = pd.DataFrame(given["limits"], columns=names)
    people = pd.read_csv(folder / "patients.csv", dtype="string[pyarrow]")
    people = people[["patient_id", "birth_date", "death_date"]].assign(known=True)
    for name in ("birth", "death"):
        people[name] = pd.to_datetime(people[f"{name}_date"], format="%Y-%m-%d", errors="coerce")
    rows = rows.merge(factors, how="left", on=["analyte", "unit"])
    rows = rows.merge(limits, how="left", on="analyte")
    rows = rows.merge(
        people[["patient_id", "known", "birth", "death"]], how="left", on="patient_id"
    )
    # which unit a centre's values are in comes with the data: peers pass no verdict of their own
    verdicts = pd.read_parquet(folder / "unit_verdicts.parquet")
    verdicts = verdicts[["centre_id", "analyte", "quarter", "unit", "verdict", "factor"]]
    verdicts = verdicts.rename(columns={"factor": "true"})
    month = rows["date"].dt.year * 12 + rows["date"].dt.month - 1
    rows["quarter"] = month.fillna(0).astype("int64") // 3
    rows["centre_id"] = rows["centre_id"].fillna("")
    rows = rows.merge(verdicts, how="left", on=["centre_id", "analyte", "quarter", "unit"])
    factor = rows["factor"].where(rows["verdict"].ne("swapped"), rows["true"])
    rows["value_si"] = rows["number"] * factor
    rows["rule"] = _first(_cells(rows))
    inside = rows["value_si"].between(rows["low"], rows["high"])
    later = {
        "unit:centre_unit_implausible": rows["verdict"].eq("ambiguous"),
        "value:outside_hard_limits": ~inside,
        "patient_id:unknown_person": rows["known"].isna(),
        "sample_date:after_death": rows["date"] > rows["death"],
        "sample_date:before_birth": rows["date"] < rows["birth"],
    }
    rows["rule"] = rows["rule"].where(rows["rule"].ne(""), _first(later))
    rows["out_of_scope"] = rows["date"] > pd.Timestamp(given["data_end"])
    soft = ~rows["value_si"].between(rows["soft_low"], rows["soft_high"])
    rows["flag"] = np.where(rows["comparator"].ne(""), "bound", np.where(soft, "soft", ""))
    again = rows[rows["rule"].eq("")].duplicated(KEY)
    rows.loc[again.index[again], "rule"] = "patient_id:duplicate_row"
    return rows


def _cells(rows: pd.DataFrame) -> dict[str, pd.Series]:
    rules = {"patient_id:missing": rows["patient_id"].isna()}
    for name, typed in (("sample_date", "date"), ("result_date", "result")):
        text = rows[name]
        if name == "sample_date":
            rules[f"{name}:missing"] = text.isna()
        rules[f"{name}:not_a_date"] = ~text.str.match(DATE, na=True)
        rules[f"{name}:impossible_date"] = text.notna() & rows[typed].isna()
        rules[f"{name}:placeholder_date"] = text.isin(PLACEHOLDERS)
    limit = rows["assay_upper_limit"]
    return rules | {
        "analyte:missing": rows["analyte"].isna(),
        "analyte:unknown_value": rows["low"].isna(),
        "value:missing": rows["value"].isna(),
        "value:not_a_number_or_bound": rows["number"].isna(),
        "unit:missing": rows["unit"].isna(),
        "assay_upper_limit:not_a_number": limit.notna() & ~np.isfinite(rows["limit"]),
        "assay_upper_limit:below_minimum": rows["limit"] < 0,
        "unit:unknown_unit": rows["factor"].isna(),
    }


def _first(rules: dict[str, pd.Series]) -> np.ndarray:
    conditions = [condition.to_numpy(bool, na_value=False) for condition in rules.values()]
    return np.select(conditions, list(rules), default="")


def work(folder: Path, given: dict) -> dict:
    """Check, write the used rows, build the intervals; what came out, to be compared."""
    rows = checked(folder, given)
    used = rows[rows["rule"].eq("") & ~rows["out_of_scope"]]
    used = used.sort_values(["patient_id", "date", "analyte", "row"])
    columns = ["patient_id", "date", "result", "analyte", "number", "comparator", "unit", "timing"]
    columns += ["limit", "centre_id", "row", "value_si"]
    used[columns].to_parquet(folder / "pandas.parquet", compression="zstd")
    intervals = _intervals(used, folder, given)
    intervals.to_parquet(folder / "pandas_intervals.parquet", compression="zstd")
    rules = rows.loc[rows["rule"].ne(""), "rule"].value_counts()
    return {
        "used": len(used),
        "rejected": {name: int(n) for name, n in sorted(rules.items())},
        "intervals": len(intervals),
        "days": int((intervals["stop"] - intervals["start"]).sum()),
        "known": {name: int(intervals[name].notna().sum()) for name in given["labs"]},
    }


def _intervals(used: pd.DataFrame, folder: Path, given: dict) -> pd.DataFrame:
    """People (patient_id, first, entry, exit, operated) come with the data: only labs are cut."""
    people = pd.read_parquet(folder / "people.parquet")
    labs = used[used["timing"].fillna("unknown").ne("post")].merge(people, on="patient_id")
    labs["sampled"] = (labs["date"] - labs["first"]).dt.days
    latest = labs[["date", "result"]].max(axis=1)
    labs["known"] = (latest - labs["first"]).dt.days
    daily = labs.groupby(["analyte", "patient_id", "sampled"], as_index=False).agg(
        day=("known", "max"), value=("value_si", "mean")
    )
    series = {name: _known(daily, name, given) for name in given["labs"]}
    valid = given["valid_days"]
    cuts = [people[["patient_id", "entry"]], people[["patient_id", "operated"]]]
    for frame in series.values():
        cuts += [
            frame[["patient_id", "day"]],
            frame[["patient_id", "day"]].assign(day=lambda f: f["day"] + valid),
        ]
    starts = [c.set_axis(["patient_id", "start"], axis=1) for c in cuts]
    rows = pd.concat(starts).merge(people, on="patient_id")
    rows = rows[(rows["start"] >= rows["entry"]) & (rows["start"] < rows["exit"])]
    rows = rows.drop_duplicates(["patient_id", "start"]).sort_values(["patient_id", "start"])
    following = rows.groupby("patient_id")["start"].shift(-1)
    rows["stop"] = following.fillna(rows["exit"])
    rows["start"] = rows["start"].astype("int64")
    for name, frame in series.items():
        right = frame[["patient_id", "day", "value", "sampled"]].sort_values("day")
        rows = pd.merge_asof(
            rows.sort_values("start"), right, left_on="start", right_on="day", by="patient_id"
        )
        operated = (rows["operated"] <= rows["start"]) & (rows["sampled"] <= rows["operated"])
        good = (rows["start"] - rows["day"] < valid) & ~operated.fillna(False).astype(bool)
        rows[name] = rows["value"].where(good)
        rows = rows.drop(columns=["day", "value", "sampled"])
    rows = rows.sort_values(["patient_id", "start"])
    return rows[["patient_id", "start", "stop", *given["labs"]]]


def _known(daily: pd.DataFrame, name: str, given: dict) -> pd.DataFrame:
    if name == "calcium_corrected":
        own = daily[daily["analyte"].eq("calcium")].sort_values("sampled")
        albumin = daily[daily["analyte"].eq("albumin")].sort_values("sampled")
        albumin = albumin[["patient_id", "sampled", "value", "day"]]
        albumin = albumin.set_axis(["patient_id", "sampled", "albumin", "other"], axis=1)
        albumin["taken"] = albumin["sampled"]
        own = pd.merge_asof(own, albumin, on="sampled", by="patient_id")
        own = own[own["sampled"] - own["taken"] <= given["albumin_within_days"]].copy()
        own["value"] = own["value"] + 0.02 * (40 - own["albumin"])
        own["day"] = own[["day", "other"]].max(axis=1).astype("int64")
    else:
        own = daily[daily["analyte"].eq(name)]
    own = own.sort_values(["patient_id", "day", "sampled"])
    own = own[own["sampled"].eq(own.groupby("patient_id")["sampled"].cummax())]
    return own.drop_duplicates(["patient_id", "day"], keep="last")
