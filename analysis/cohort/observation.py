"""From when to when a person is in the registry, and observable for the records asked for.

Entry and exit of follow-up are for onset; a prevalence needs to know of everybody on a date, also
of those who came back to dialysis after a graft.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analysis.cohort.bucket import NEVER, Bucket, Days
from analysis.study import Study


@dataclass(frozen=True)
class Observation:
    """Days on each person's clock; both intervals are half-open.

    ``[registered, gone)``: followed by the registry, until death, loss or the day after the end of
    data. ``[covered_from, covered_to)``: observable in every domain of the protocol.
    """

    registered: Days
    gone: Days
    covered_from: Days
    covered_to: Days


def observation(bucket: Bucket, study: Study) -> Observation:
    """Of each person of the bucket."""
    population = study.population
    registered = np.maximum(bucket.days_of(population.data_start), 0.0)
    if population.late_entry:
        sent = bucket.days(bucket.patients["registry_entry_date"])
        registered = np.maximum(registered, np.where(np.isfinite(sent), sent, 0.0))
    end = bucket.days_of(population.data_end)
    last = bucket.days(bucket.patients["last_contact_date"])
    lost = np.where(last < end, last, NEVER)
    death = bucket.days(bucket.patients["death_date"])
    gone = np.min([death, lost, _lost_spell(bucket), end + 1], axis=0)
    covered_from, covered_to = covered(bucket, population.coverage)
    return Observation(registered, gone, covered_from, covered_to)


def _lost_spell(bucket: Bucket) -> Days:
    spells = bucket.tables.get("modality_spells")
    if spells is None:
        return np.full(bucket.n, NEVER)
    rows = spells[spells["modality"] == "lost"]
    person = rows["person"].to_numpy()
    return bucket.first_day(person, bucket.days(rows["start_date"], person))


def covered(bucket: Bucket, domains: tuple[str, ...]) -> tuple[Days, Days]:
    """From when to when each person is observable in every domain, ``[from, to)`` on their clock.

    The first stay of each domain counts; a stay of domain ``all`` is one of each. ``NEVER`` where
    some domain is never covered. A source without a coverage table says nothing: people count as
    covered throughout.
    """
    begin, finish = np.zeros(bucket.n), np.full(bucket.n, NEVER)
    rows = bucket.tables.get("coverage")
    if rows is None:
        return begin, finish
    for domain in domains:
        first = rows[rows["domain"].isin([domain, "all"])].drop_duplicates("person")
        person = first["person"].to_numpy()
        start, stop = np.full(bucket.n, NEVER), np.full(bucket.n, NEVER)
        start[person] = np.maximum(bucket.days(first["start_date"], person), 0.0)
        stop[person] = bucket.days(first["end_date"], person)
        begin, finish = np.maximum(begin, start), np.minimum(finish, stop)
    return begin, finish
