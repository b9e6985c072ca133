"""Negative assessments: from when to when each person is known to be free of the outcome.

An assessment is negative where one of the protocol's methods shows no calcification, on a day on
which no other shows any. The absence of a code is not one, nor is an unrecorded assessment. People
without a negative assessment are not known to be free of it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analysis.cohort.bucket import NEVER, Bucket, Days, person_day
from analysis.cohort.case_definition.cases import assessments
from analysis.cohort.follow_up.time_at_risk import FollowUp
from analysis.study import Study


@dataclass(frozen=True)
class NegativeAssessments:
    """``free_since``: the last negative assessment by entry, else the first after it (``NEVER``:
    none while at risk). ``last_negative_by_exit``: the last before onset and by exit, never before
    ``free_since``."""

    free_since: Days
    last_negative_by_exit: Days


def negative_assessments(
    bucket: Bucket, study: Study, onset: Days, follow_up: FollowUp
) -> NegativeAssessments:
    """The bounds that interval-censored onset needs, on each person's clock."""
    person, day = _negative(bucket, study.outcome.negative_methods)
    counts = (day < onset[person]) & (day <= follow_up.exit[person]) & (day >= 0)
    person, day = person[counts], day[counts]
    by_entry = day <= follow_up.entry[person]
    before = np.full(bucket.n, -NEVER)
    np.maximum.at(before, person[by_entry], day[by_entry])
    after = bucket.first_day(person[~by_entry], day[~by_entry])
    last = np.full(bucket.n, -NEVER)
    np.maximum.at(last, person, day)
    return NegativeAssessments(np.where(before >= 0, before, after), last)


def _negative(bucket: Bucket, methods: tuple[str, ...]) -> tuple[np.ndarray, Days]:
    assessed = assessments(bucket)
    person, day = assessed["person"].to_numpy(np.int64), assessed["day"].to_numpy(np.float64)
    says = assessed["calcification"]
    key = person_day(person, day)
    seen = np.isin(key, key[(says == "yes").to_numpy()])
    clean = (assessed["method"].isin(methods) & (says == "no")).to_numpy()
    kept = clean & ~seen & np.isfinite(day)
    return person[kept], day[kept]
