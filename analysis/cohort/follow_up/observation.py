"""When a person is in the registry, and when observable for the records asked for.

Entry and exit of follow-up are for onset; a prevalence needs to know of everybody on a date, also
of those who came back to dialysis after a graft.
"""

from __future__ import annotations

import numpy as np

from analysis.cohort.bucket import NEVER, Bucket, Days
from analysis.cohort.follow_up.absence import lost_for_good
from analysis.cohort.follow_up.periods import Periods, common, one_each, union
from analysis.study import Study


def registration(bucket: Bucket, study: Study) -> tuple[Days, Days]:
    """``[registered, gone)``: followed by the registry, on each person's clock.

    Until death, a loss without return, or the day after the end of data.
    """
    population = study.population
    registered = np.maximum(bucket.days_of(population.data_start), 0.0)
    if population.late_entry:
        sent = bucket.patient_days("registry_entry_date")
        registered = np.maximum(registered, np.where(np.isfinite(sent), sent, 0.0))
    end = bucket.days_of(population.data_end)
    death = bucket.patient_days("death_date")
    return registered, np.minimum.reduce([death, lost_for_good(bucket, end), end + 1])


def covered(bucket: Bucket, domains: tuple[str, ...]) -> Periods:
    """When each person is observable in every domain, from first dialysis on.

    Spells of a domain that overlap or touch are one; a period of domain ``all`` is one of each. Who
    has no period in some domain has none here. A source without a coverage table says nothing:
    people count as covered throughout. A registry's ``[start, end)`` becomes ``(start, stop]``.
    """
    return bucket.once(("covered", domains), lambda: _covered(bucket, domains))


def _covered(bucket: Bucket, domains: tuple[str, ...]) -> Periods:
    rows = bucket.tables.get("coverage")
    if rows is None or not domains:
        return one_each(np.zeros(bucket.n), np.full(bucket.n, NEVER))
    person = rows["person"].to_numpy(np.int64)
    start = np.maximum(bucket.days(rows["start_date"], person), 0.0)
    stop = bucket.days(rows["end_date"], person)
    each = []
    for domain in domains:
        mine = np.flatnonzero(rows["domain"].isin([domain, "all"]).to_numpy())
        each.append(union(person[mine], start[mine], stop[mine]))
    return each[0] if len(each) == 1 else common(each, [])
