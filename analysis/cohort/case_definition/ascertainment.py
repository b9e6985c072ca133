"""Assessment rates by PTH: detection bias as a rival explanation of associations with PTH.

People with high PTH may be radiographed more often, and disease is detected where it is assessed.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.cohort.bucket import Bucket
from analysis.cohort.case_definition.cases import IMAGING, assessments
from data_schema.follow_up import DAYS_A_YEAR
from data_schema.results import Estimate

# pmol/L at 150, 300 and 600 pg/mL (9.425): bands of KDOQI 2003, and the usual mark of severity
PTH_BANDS = (
    (0.0, "below 15.9 pmol/L"),
    (15.915, "15.9 to 31.8 pmol/L"),
    (31.83, "31.8 to 63.7 pmol/L"),
    (63.66, "above 63.7 pmol/L"),
)
KINDS = ("radiographs", "assessments")
SOURCE_POPULATION, NOT_KNOWN = "", "not known"
LABELS = (*(label for _, label in PTH_BANDS), NOT_KNOWN)


def ascertainment_counts(bucket: Bucket, people: pd.DataFrame, intervals: pd.DataFrame) -> Counter:
    """Assessments and person-days in follow-up, by kind and by the PTH in force on the day.

    ``intervals``: those of the bucket, ``person`` being a row number of ``people``. Assessments
    count on ``(entry, exit]``, so the one that detects the disease counts.
    """
    counts: Counter = Counter()
    if "assessments" not in bucket.available:
        return counts
    band = _bands(intervals)
    days = (intervals["stop"] - intervals["start"]).to_numpy()
    counts += _by_label("days", np.bincount(band, days))
    seen = np.zeros((len(LABELS), len(people)), dtype=bool)
    seen[band, intervals["person"].to_numpy(np.int64)] = True
    counts += _by_label("people", seen.sum(axis=1))
    counts[("people", SOURCE_POPULATION)] = int(seen.any(axis=0).sum())
    assessed = assessments(bucket)
    followed = people["in_cohort"].to_numpy()[assessed["person"].to_numpy(np.int64)]
    assessed = assessed[followed].drop_duplicates(["person", "day", "method"])
    films = assessed[assessed["method"].isin(IMAGING)]
    for kind, rows in zip(KINDS, (films, assessed), strict=True):
        where = _interval_of(intervals, rows["person"].to_numpy(np.int64), rows["day"].to_numpy())
        counts += _by_label(kind, np.bincount(band[where[where >= 0]]))
    return counts


def _by_label(kind: str, sums: NDArray) -> Counter:
    """Sums by place in ``LABELS``; days are whole numbers, so theirs are exact."""
    return Counter({(kind, label): int(n) for label, n in zip(LABELS, sums, strict=False) if n})


def _bands(intervals: pd.DataFrame) -> NDArray[np.int64]:
    """Places in ``LABELS``."""
    if "pth" not in intervals:
        return np.full(len(intervals), len(PTH_BANDS))
    pth = intervals["pth"].to_numpy(np.float64)
    at = np.searchsorted([start for start, _ in PTH_BANDS], pth, side="right") - 1
    return np.where(np.isfinite(pth) & (at >= 0), at, len(PTH_BANDS))


def _interval_of(
    intervals: pd.DataFrame, person: NDArray[np.int64], day: NDArray[np.float64]
) -> NDArray[np.int64]:
    """The row whose ``(start, stop]`` holds the day; −1 outside follow-up.

    Intervals are in order of person and time, so each assessment is one search.
    """
    far = 1e7
    owner = intervals["person"].to_numpy(np.float64)
    stop, start = intervals["stop"].to_numpy(), intervals["start"].to_numpy()
    at = np.searchsorted(owner * far + stop, person * far + day, side="left")
    held = np.minimum(at, max(len(owner) - 1, 0))
    if not len(owner):
        return np.full(len(person), -1)
    good = (at < len(owner)) & (owner[held] == person) & (start[held] < day) & (day <= stop[held])
    return np.where(good, held, -1)


def ascertainment_rows(counts: Counter) -> list[Estimate]:
    """Assessments per 1,000 person-years, overall and by PTH."""
    if not counts:
        return []
    rows = []
    for kind in KINDS:
        whole = _row(
            kind,
            SOURCE_POPULATION,
            sum(counts[(kind, label)] for label in LABELS),
            sum(counts[("days", label)] for label in LABELS),
            counts[("people", SOURCE_POPULATION)],
        )
        rows.append(whole)
        rows += [
            _row(
                kind,
                label,
                counts[(kind, label)],
                counts[("days", label)],
                counts[("people", label)],
                whole.id,
            )
            for label in LABELS
            if counts[("days", label)]
        ]
    return rows


def _row(
    kind: str, band: str, assessed: int, days: int, people: int, sums_to: str = ""
) -> Estimate:
    years = days / DAYS_A_YEAR
    row = Estimate(
        "how_common",
        "ascertainment",
        "cohort",
        term=kind,
        strata=f"pth={band}" if band else "",
        numerator=float(assessed),
        person_years=years,
        unit="per 1,000 person-years",
        sums_to=sums_to,
        people=float(people),
    )
    return replace(row, estimate=1000.0 * assessed / years) if years > 0 else row
