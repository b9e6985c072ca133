"""Laboratory values as they were known at the time.

A value of day *d* acts from after *d* (or after its result was known); a result that comes after
that of a newer sample does not act at all. Corrected calcium is total
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
    """One analyte, one value a person and day.

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
        calcium, albumin = (_samples(rows[rows["analyte"] == a]) for a in ("calcium", "albumin"))
        return as_known(corrected_calcium(calcium, albumin, exposures.albumin_within_days))
    return as_known(_samples(rows[rows["analyte"] == name]))


def _samples(rows: pd.DataFrame) -> Series:
    """One value a person and sample day (the mean of several), in the order of sample days."""
    groups = rows.groupby(["person", "sampled"], sort=True)
    daily = groups.agg(day=("day", "max"), value=("value_si", "mean")).reset_index()
    return Series(
        daily["person"].to_numpy(np.int64),
        daily["day"].to_numpy(np.float64),
        daily["sampled"].to_numpy(np.float64),
        daily["value"].to_numpy(np.float64),
    )


def as_known(samples: Series) -> Series:
    """In the order in which values became known; what is older than a value known is dropped.

    Of several samples whose results arrive on one day the last one counts.
    """
    order = np.lexsort((samples.sampled, samples.day, samples.person))
    person, sampled = samples.person[order], samples.sampled[order]
    newest = pd.Series(sampled).groupby(person).cummax().to_numpy(np.float64)
    keep = sampled == newest
    day = samples.day[order]
    last = np.ones(len(order), dtype=bool)
    last[:-1] = (person[1:] != person[:-1]) | (day[1:] != day[:-1])
    chosen = order[keep & last]
    return Series(
        samples.person[chosen], samples.day[chosen], samples.sampled[chosen], samples.value[chosen]
    )


def corrected_calcium(calcium: Series, albumin: Series, within: int) -> Series:
    """Corrected wherever an albumin sampled the same day or up to ``within`` days before exists.

    Both in the order of sample days. The corrected value is known once both are.
    """
    at = _last(albumin.person, albumin.sampled, calcium.person, calcium.sampled)
    found = at >= 0
    fresh = np.zeros_like(found)
    fresh[found] = calcium.sampled[found] - albumin.sampled[at[found]] <= within
    partner = at[fresh]
    correction = CORRECTION_SLOPE * (CORRECTION_PIVOT - albumin.value[partner])
    return Series(
        calcium.person[fresh],
        np.maximum(calcium.day[fresh], albumin.day[partner]),
        calcium.sampled[fresh],
        calcium.value[fresh] + correction,
    )


def latest(series: Series, person: NDArray[np.int64], day: Days) -> NDArray[np.int64]:
    """Index of each person's last value known on or before ``day``; −1 where there is none."""
    return _last(series.person, series.day, person, day)


def _last(
    owner: NDArray[np.int64], days: Days, person: NDArray[np.int64], day: Days
) -> NDArray[np.int64]:
    """Index of each person's last of the sorted ``(owner, days)`` on or before ``day``, or −1."""
    if len(owner) == 0:
        return np.full(len(person), -1, dtype=np.int64)
    at = np.searchsorted(_key(owner, days), _key(person, day), side="right") - 1
    mine = (at >= 0) & (owner[np.maximum(at, 0)] == person)
    return np.where(mine, at, -1)


def _key(person: NDArray[np.int64], day: Days) -> NDArray[np.int64]:
    """Person and day in one sortable number; days from −2²⁰ (2,800 years) to 2²⁰."""
    bounded = np.clip(day, -(2.0**20) + 1, 2.0**20 - 1).astype(np.int64)
    return person * 2**21 + bounded + 2**20
