"""How complete the laboratory record is: people with a value among people followed, by year."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pandas as pd

from analysis.cohort.bucket import Bucket
from analysis.study import Study
from data_schema.results import Estimate


def completeness_counts(bucket: Bucket, study: Study, people: pd.DataFrame) -> Counter:
    """(analyte, year) -> people with a value; ("", year) -> people followed in that year."""
    counts: Counter = Counter()
    labs = bucket.tables.get("labs")
    population = study.population
    if labs is None:
        return counts
    entry = people["entry"].to_numpy()
    leave = people["leave"].to_numpy()
    person = labs["person"].to_numpy()
    day = bucket.days(labs["sample_date"], person)
    valid = (leave > entry) & people["left_out_at"].isin(["", "prevalent"]).to_numpy()
    inside = np.flatnonzero(valid[person] & (day > entry[person]) & (day <= leave[person]))
    analyte = pd.Categorical(labs["analyte"])
    year = labs["sample_date"].to_numpy("datetime64[Y]").astype(np.int64)[inside] + 1970
    start = int(year.min(initial=population.data_start.year))
    seen = np.zeros(
        (len(analyte.categories), int(year.max(initial=start)) - start + 1, bucket.n), dtype=bool
    )
    seen[analyte.codes[inside], year - start, person[inside]] = True
    for (place, years), n in np.ndenumerate(seen.sum(axis=2)):
        if n:
            counts[str(analyte.categories[place]), start + years] += int(n)
    first = bucket.patients["first_dialysis_date"].to_numpy("datetime64[D]")
    enters = (first + np.where(valid, entry, 0).astype("timedelta64[D]")).astype("datetime64[Y]")
    leaves = (first + np.where(valid, leave, 0).astype("timedelta64[D]")).astype("datetime64[Y]")
    for year in range(population.data_start.year, population.data_end.year + 1):
        this = np.datetime64(str(year), "Y")
        counts["", year] += int((valid & (enters <= this) & (leaves >= this)).sum())
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
