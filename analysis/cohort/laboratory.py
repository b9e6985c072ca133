"""Laboratory values as they were known at the time.

A value of day *d* acts from after *d* (or after its result was known); a result that comes after
that of a newer sample does not act at all. Corrected calcium is total
calcium + 0.02 · (40 − albumin), mmol/L with albumin in g/L (Payne, 1973), from the latest albumin
of the days before, never a later one. A bound such as ``>2500`` enters as the bound. Values taken
after a dialysis session are not comparable and are left out. A source's own corrected calcium is an
analyte by itself: a protocol takes that or the one computed here, never both in one column.

Assays of parathyroid hormone differ twofold, so ``pth_uln`` is the result over the upper limit of
its assay, both as sent and so in one unit; a result without a limit above 0 has none.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

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


class LabValues(NamedTuple):
    """Laboratory rows in columns; ``analyte`` is a place in ``analytes``."""

    person: NDArray[np.int64]
    sampled: Days
    day: Days
    value: NDArray[np.float64]
    analyte: NDArray[np.int64]
    analytes: list[str]
    multiple: NDArray[np.float64]  # of the assay's upper limit; NaN without one

    def of(self, name: str) -> Series:
        """One value a person and sample day (the mean of several), in the order of sample days."""
        place = self.analytes.index(name) if name in self.analytes else -1
        rows = np.flatnonzero(self.analyte == place) if place >= 0 else np.zeros(0, dtype=np.int64)
        return _daily(self.person[rows], self.sampled[rows], self.day[rows], self.value[rows])

    def multiples_of(self, name: str) -> Series:
        """The same, as multiples of the assay's upper limit, of the results that have one."""
        at = np.flatnonzero(np.isfinite(self.multiple))
        value = self.multiple[at]
        person, sampled, day = self.person[at], self.sampled[at], self.day[at]
        return LabValues(person, sampled, day, value, self.analyte[at], self.analytes, value).of(
            name
        )


def lab_series(bucket: Bucket, exposures: Exposures) -> dict[str, Series]:
    """The series of each laboratory exposure of the protocol."""
    labs = bucket.tables.get("labs")
    if labs is None:
        return {}
    person = labs["person"].to_numpy()
    sampled = bucket.days(labs["sample_date"], person)
    known = bucket.days(labs["result_date"], person)
    day = np.where(np.isfinite(known), np.maximum(sampled, known), sampled)
    analyte = pd.Categorical(labs["analyte"])
    codes = np.where((labs["timing"] != "post").to_numpy(), analyte.codes, -1)
    words = [str(word) for word in analyte.categories]
    value = labs["value_si"].to_numpy(np.float64)
    values = LabValues(person, sampled, day, value, codes, words, _multiples(labs, exposures))
    return {name: _series_of(values, name, exposures) for name in exposures.labs}


def _multiples(labs: pd.DataFrame, exposures: Exposures) -> NDArray[np.float64]:
    if "pth_uln" not in exposures.labs:
        return np.full(len(labs), np.nan)
    limit = labs["assay_upper_limit"].astype("float64")
    return (labs["value"].astype("float64") / limit.where(limit > 0)).to_numpy()


def _series_of(values: LabValues, name: str, exposures: Exposures) -> Series:
    if name == "pth_uln":
        return as_known(values.multiples_of("pth"))
    if name == "calcium_corrected" and exposures.calcium == "corrected":
        calcium, albumin = values.of("calcium"), values.of("albumin")
        return as_known(corrected_calcium(calcium, albumin, exposures.albumin_within_days))
    return as_known(values.of(name))


def _daily(
    person: NDArray[np.int64], sampled: Days, day: Days, value: NDArray[np.float64]
) -> Series:
    """Several values of a person and sample day become their mean, known on the last day."""
    key = person_day(person, sampled)
    if np.any(key[1:] < key[:-1]):
        order = np.argsort(key, kind="stable")
        key, person, sampled = key[order], person[order], sampled[order]
        day, value = day[order], value[order]
    first = np.ones(len(key), dtype=bool)
    first[1:] = key[1:] != key[:-1]
    if first.all():
        return Series(person, day, sampled, value)
    groups = pd.Series(value).groupby(np.cumsum(first))
    latest_day = np.maximum.reduceat(day, np.flatnonzero(first))
    return Series(person[first], latest_day, sampled[first], groups.mean().to_numpy(np.float64))


def as_known(samples: Series) -> Series:
    """In the order in which values became known; what is older than a value known is dropped.

    Of several samples whose results arrive on one day the last one counts.
    """
    # in the order of sample days already, which a stable sort keeps
    order = np.argsort(person_day(samples.person, samples.day), kind="stable")
    person, sampled = samples.person[order], samples.sampled[order]
    key = person_day(person, sampled)
    keep = key == np.maximum.accumulate(key)
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
    at = np.searchsorted(person_day(owner, days), person_day(person, day), side="right") - 1
    mine = (at >= 0) & (owner[np.maximum(at, 0)] == person)
    return np.where(mine, at, -1)


def person_day(person: NDArray[np.int64], day: Days) -> NDArray[np.int64]:
    """Person and day in one sortable number; days from −2²⁰ (2,800 years) to 2²⁰."""
    bounded = np.clip(day, -(2.0**20) + 1, 2.0**20 - 1).astype(np.int64)
    return person * 2**21 + bounded + 2**20
