"""Laboratory values as they were known at the time.

A value of day *d* acts from after *d* (or after its result was known). Corrected calcium is total
calcium + 0.02 · (40 − albumin), mmol/L with albumin in g/L (Payne, 1973), from the latest albumin
of the days before, never a later one. A bound such as ``>2500`` enters as the bound. Values taken
after a dialysis session are not comparable and are left out.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.cohort.bucket import Bucket, Days
from analysis.study import Exposures

CORRECTION_SLOPE = 0.02
CORRECTION_PIVOT = 40.0


@dataclass(frozen=True)
class Series:
    """One analyte, sorted by person and day; one value a person and day (the mean of several).

    ``day``: when it was known; ``sampled``: when it was taken, the same day or before.
    """

    person: NDArray[np.int64]
    day: Days
    sampled: Days
    value: NDArray[np.float64]


def lab_series(bucket: Bucket, exposures: Exposures) -> dict[str, Series]:
    """The series of each laboratory exposure of the protocol."""
    labs = bucket.tables.get("labs")
    if labs is None:
        return {}
    person = labs["person"].to_numpy()
    sampled = bucket.days(labs["sample_date"], person)
    known = bucket.days(labs["result_date"], person)
    day = np.where(np.isfinite(known), np.maximum(sampled, known), sampled)
    rows = labs.assign(day=day, sampled=sampled)[labs["timing"] != "post"]
    return {name: _series_of(rows, name, exposures) for name in exposures.labs}


def _series_of(rows: pd.DataFrame, name: str, exposures: Exposures) -> Series:
    if name == "calcium_corrected" and exposures.calcium == "corrected":
        return corrected_calcium(
            _daily(rows[rows["analyte"] == "calcium"]),
            _daily(rows[rows["analyte"] == "albumin"]),
            exposures.albumin_within_days,
        )
    return _daily(rows[rows["analyte"] == name])


def _daily(rows: pd.DataFrame) -> Series:
    groups = rows.groupby(["person", "day"], sort=True)
    daily = groups.agg(sampled=("sampled", "min"), value=("value_si", "mean")).reset_index()
    return Series(
        daily["person"].to_numpy(np.int64),
        daily["day"].to_numpy(np.float64),
        daily["sampled"].to_numpy(np.float64),
        daily["value"].to_numpy(np.float64),
    )


def corrected_calcium(calcium: Series, albumin: Series, within: int) -> Series:
    """Corrected wherever an albumin of the same day or up to ``within`` days before exists."""
    at = latest(albumin, calcium.person, calcium.day)
    found = at >= 0
    fresh = np.zeros_like(found)
    fresh[found] = calcium.day[found] - albumin.day[at[found]] <= within
    correction = CORRECTION_SLOPE * (CORRECTION_PIVOT - albumin.value[at[fresh]])
    return Series(
        calcium.person[fresh],
        calcium.day[fresh],
        calcium.sampled[fresh],
        calcium.value[fresh] + correction,
    )


def latest(series: Series, person: NDArray[np.int64], day: Days) -> NDArray[np.int64]:
    """Index of each person's last value on or before ``day``; −1 where there is none."""
    if len(series.person) == 0:
        return np.full(len(person), -1, dtype=np.int64)
    at = np.searchsorted(_key(series.person, series.day), _key(person, day), side="right") - 1
    mine = (at >= 0) & (series.person[np.maximum(at, 0)] == person)
    return np.where(mine, at, -1)


def _key(person: NDArray[np.int64], day: Days) -> NDArray[np.int64]:
    """Person and day in one sortable number; days from −2²⁰ (2,800 years) to 2²⁰."""
    bounded = np.clip(day, -(2.0**20) + 1, 2.0**20 - 1).astype(np.int64)
    return person * 2**21 + bounded + 2**20
