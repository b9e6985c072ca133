"""How complete the laboratory record is: people with a value among people followed, by year."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.cohort.bucket import Bucket
from analysis.cohort.follow_up.periods import Periods
from analysis.cohort.laboratory.lab_kernels import NO_DATE, people_with_a_value
from analysis.cohort.laboratory.lab_table import LabTable, lab_table
from analysis.study import Study
from data_schema.results import Estimate


def completeness_counts(
    bucket: Bucket, study: Study, people: pd.DataFrame, present: Periods
) -> Counter:
    """(analyte, year) -> people with a value; ("", year) -> people followed in that year.

    ``present``: their at-risk periods, onset or not; a value between two of them does not count.
    """
    counts: Counter = Counter()
    labs = lab_table(bucket)
    if labs is None:
        return counts
    present = present.where(
        people["left_out_at"].isin(["", "prevalent"]).to_numpy()[present.person]
    )
    years, first_days = _calendar(labs)
    with_value = people_with_a_value(
        labs.person, labs.sample_date, labs.sampled, labs.analyte, first_days, *present
    )
    for (place, year), n in np.ndenumerate(with_value):
        if n:
            counts[labs.analytes[place], int(years[year])] += int(n)
    return counts + _followed(bucket, study, present)


def _calendar(labs: LabTable) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """The calendar years of the samples, and their first days with that of the year after."""
    dated = labs.sample_date
    if dated.min(initial=0) == NO_DATE:
        dated = dated[dated != NO_DATE]
    ends = np.array([dated.min(), dated.max()] if len(dated) else [], dtype="datetime64[D]")
    span = ends.astype("datetime64[Y]").astype(np.int64)
    years = np.arange(span[0], span[1] + 2) if len(span) else np.zeros(1, dtype=np.int64)
    first_days = years.astype("datetime64[Y]").astype("datetime64[D]").astype(np.int32)
    return years[:-1] + 1970, first_days


def _followed(bucket: Bucket, study: Study, present: Periods) -> Counter:
    """("", year) -> people with a period that reaches into the calendar year."""
    first = bucket.patients["first_dialysis_date"].to_numpy("datetime64[D]")[present.person]
    enters = (first + present.start.astype("timedelta64[D]")).astype("datetime64[Y]")
    leaves = (first + present.stop.astype("timedelta64[D]")).astype("datetime64[Y]")
    counts: Counter = Counter()
    for year in range(study.population.data_start.year, study.population.data_end.year + 1):
        this = np.datetime64(str(year), "Y")
        there = (enters <= this) & (leaves >= this)
        person = present.person[there]  # in order
        counts["", year] += int(np.count_nonzero(np.diff(person, prepend=-1)))
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
