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

import numpy as np
from numpy.typing import NDArray

from analysis.cohort.bucket import Bucket, Days, person_day
from analysis.cohort.laboratory.lab_kernels import acts, daily, in_order, last_within, spans_of
from analysis.cohort.laboratory.lab_table import LabTable, lab_table
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

    def at(self, rows: NDArray[np.int64]) -> Series:
        """Some of the values."""
        return Series(self.person[rows], self.day[rows], self.sampled[rows], self.value[rows])


def lab_series(bucket: Bucket, exposures: Exposures) -> dict[str, Series]:
    """The series of each laboratory exposure of the protocol."""
    labs = lab_table(bucket)
    if labs is None:
        return {}
    derived = ("pth_uln", "calcium_corrected")
    names: list[str] = [name for name in exposures.labs if name not in derived]
    if "calcium_corrected" in exposures.labs:
        corrected = exposures.calcium == "corrected"
        names += ["calcium", "albumin"] if corrected else ["calcium_corrected"]
    samples = _means(labs, list(dict.fromkeys(names)))
    return {name: as_known(_samples(labs, samples, name, exposures)) for name in exposures.labs}


def _samples(labs: LabTable, samples: dict[str, Series], name: str, exposures: Exposures) -> Series:
    if name == "pth_uln":
        return _multiples_of_limit(labs, "pth")
    if name == "calcium_corrected" and exposures.calcium == "corrected":
        calcium, albumin = samples["calcium"], samples["albumin"]
        return corrected_calcium(calcium, albumin, exposures.albumin_within_days)
    return samples[name]


def _means(labs: LabTable, names: list[str]) -> dict[str, Series]:
    return _daily(labs, names, labs.usable, labs.all_numbers("value_si"))


def _multiples_of_limit(labs: LabTable, name: str) -> Series:
    """As multiples of the assay's upper limit, of the results that have one."""
    limit = labs.all_numbers("assay_upper_limit")
    multiple = labs.all_numbers("value") / np.where(limit > 0, limit, np.nan)
    analyte = np.where(np.isfinite(multiple), labs.usable, np.int32(-1))
    return _daily(labs, [name], analyte, multiple)[name]


def _daily(
    labs: LabTable, names: list[str], analyte: NDArray[np.int32], value: NDArray[np.float64]
) -> dict[str, Series]:
    """One value a person and sample day (the mean of several), in the order of sample days."""
    places = {name: place for place, name in enumerate(names)}
    group = np.array([places.get(name, -1) for name in labs.analytes], dtype=np.int64)
    spans = spans_of(analyte, group, len(names))
    most = int(spans.max(initial=0))
    person, known = np.empty(most, dtype=np.int64), np.empty((3, most))
    end = daily(analyte, group, spans, labs.person, labs.clock, value, person, known)
    bounds = zip(spans[0], end, strict=True)
    series = [Series(person[low:high], *known[:, low:high]) for low, high in bounds]
    return dict(zip(names, series, strict=True))


def as_known(samples: Series) -> Series:
    """In the order in which values became known; what is older than a value known is dropped.

    Of several samples whose results arrive on one day the last one counts.
    """
    if in_order(samples.person, samples.day):  # as where a result is known with its sample
        ordered = samples
    else:  # in the order of sample days already, which a stable sort keeps
        order = np.argsort(person_day(samples.person, samples.day), kind="stable")
        ordered = samples.at(order)
    acting = acts(ordered.person, ordered.day, ordered.sampled)
    return ordered if acting.all() else ordered.at(np.flatnonzero(acting))


def corrected_calcium(calcium: Series, albumin: Series, within: int) -> Series:
    """Corrected wherever an albumin sampled the same day or up to ``within`` days before exists.

    Both in the order of sample days. The corrected value is known once both are.
    """
    at = last_within(albumin.person, albumin.sampled, calcium.person, calcium.sampled, within)
    fresh = at >= 0
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
    if len(series.person) == 0:
        return np.full(len(person), -1, dtype=np.int64)
    keys = person_day(series.person, series.day)
    at = np.searchsorted(keys, person_day(person, day), side="right") - 1
    mine = (at >= 0) & (series.person[np.maximum(at, 0)] == person)
    return np.where(mine, at, -1)
