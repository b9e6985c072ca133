"""Parathyroidectomy after first dialysis, and whether the disease is seen to resolve after it.

One operation may stand in the records several times; the first counts. Resolution is the first
assessment after onset on which no site shows calcification; the absence of one is not
resolution.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from analysis.cohort.bucket import NEVER, Bucket, Days
from analysis.cohort.case_definition.cases import assessments
from data_schema.codelists import PARATHYROIDECTOMY, groups_of


def parathyroidectomy_day(bucket: Bucket) -> tuple[Days, Days]:
    """First operation on or after first dialysis, and the last one before it (−inf: none)."""
    rows = bucket.tables.get("procedures")
    if rows is None:
        return np.full(bucket.n, NEVER), np.full(bucket.n, -NEVER)
    pairs = rows[["system", "code"]].drop_duplicates()
    wanted = {
        (s, c)
        for s, c in zip(pairs["system"], pairs["code"], strict=True)
        if set(groups_of(s, c)) & set(PARATHYROIDECTOMY)
    }
    is_operation = [key in wanted for key in zip(rows["system"], rows["code"], strict=True)]
    found = rows[np.array(is_operation, dtype=bool)]
    person = found["person"].to_numpy()
    day = bucket.days(found["date"], person)
    earlier = np.full(bucket.n, -NEVER)
    np.maximum.at(earlier, person[day < 0], day[day < 0])
    return bucket.first_day(person[day >= 0], day[day >= 0]), earlier


def resolution_day(bucket: Bucket, onset: Days) -> Days:
    """First assessment after onset that shows no calcification at any site."""
    assessed = assessments(bucket)
    asked = assessed[assessed["calcification"].isin(["yes", "no"])]
    clean = (
        asked.assign(yes=asked["calcification"] == "yes")
        .groupby(["person", "day"], sort=True)["yes"]
        .any()
        .reset_index()
    )
    clean = clean[~clean["yes"].astype(bool)]
    return _first_after(bucket, clean, onset)


def _first_after(bucket: Bucket, rows: pd.DataFrame, day: Days) -> Days:
    person = rows["person"].to_numpy(np.int64)
    at = rows["day"].to_numpy(np.float64)
    after = at > day[person]
    return bucket.first_day(person[after], at[after])
