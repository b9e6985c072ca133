"""How complete the laboratory record is: people with a value among people followed, by year."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pandas as pd

from analysis.cohort.bucket import Bucket
from analysis.cohort.windows import Windows
from analysis.study import Study
from data_schema.results import Estimate


def completeness_counts(
    bucket: Bucket, study: Study, people: pd.DataFrame, present: Windows
) -> Counter:
    """(analyte, year) -> people with a value; ("", year) -> people followed in that year.

    ``present``: their stays, onset or not; a value between two of them does not count.
    """
    counts: Counter = Counter()
    labs = bucket.tables.get("labs")
    if labs is None:
        return counts
    present = present.where(
        people["left_out_at"].isin(["", "prevalent"]).to_numpy()[present.person]
    )
    person = labs["person"].to_numpy()
    day = bucket.days(labs["sample_date"], person)
    inside = np.flatnonzero(present.holding(person, day) >= 0)
    analyte = pd.Categorical(labs["analyte"])
    year = labs["sample_date"].to_numpy("datetime64[Y]").astype(np.int64)[inside] + 1970
    start = int(year.min(initial=study.population.data_start.year))
    seen = np.zeros(
        (len(analyte.categories), int(year.max(initial=start)) - start + 1, bucket.n), dtype=bool
    )
    seen[analyte.codes[inside], year - start, person[inside]] = True
    for (place, years), n in np.ndenumerate(seen.sum(axis=2)):
        if n:
            counts[str(analyte.categories[place]), start + years] += int(n)
    return counts + _followed(bucket, study, present)


def _followed(bucket: Bucket, study: Study, present: Windows) -> Counter:
    """("", year) -> people with a stay that reaches into the calendar year."""
    first = bucket.patients["first_dialysis_date"].to_numpy("datetime64[D]")[present.person]
    enters = (first + present.start.astype("timedelta64[D]")).astype("datetime64[Y]")
    leaves = (first + present.stop.astype("timedelta64[D]")).astype("datetime64[Y]")
    counts: Counter = Counter()
    for year in range(study.population.data_start.year, study.population.data_end.year + 1):
        this = np.datetime64(str(year), "Y")
        there = (enters <= this) & (leaves >= this)
        counts["", year] += len(np.unique(present.person[there]))
    return counts


def completeness_rows(counts: Counter) -> list[Estimate]:
    """Proportions, analyte by analyte and year by year."""
    rows = []
    for analyte, year in sorted(key for key in counts if key[0]):
        followed = counts["", year]
        if followed == 0:
            continue
        have = counts[analyte, year]
        rows.append(
            Estimate(
                "quality",
                "completeness",
                term=analyte,
                x=float(year),
                estimate=have / followed,
                numerator=float(have),
                denominator=float(followed),
                unit="people",
            )
        )
    return rows
