"""From when to when each person is followed, and why it ends.

Entry is the latest of the protocol's day, registry entry, first coverage and the start of data.
On one day, onset comes before death, death before transplantation, that before recovery, loss
and the end of data.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.cohort.bucket import NEVER, Bucket, Days
from analysis.cohort.cases import Cases
from analysis.cohort.observation import covered
from analysis.study import Study


@dataclass(frozen=True)
class FollowUp:
    """Days on each person's clock; ``leave`` is the exit that onset does not shorten."""

    protocol_entry: Days
    entry: Days
    exit: Days
    exit_reason: NDArray[np.object_]
    leave: Days
    leave_reason: NDArray[np.object_]
    observable: NDArray[np.bool_]


def follow(bucket: Bucket, study: Study, cases: Cases, through: tuple[str, ...] = ()) -> FollowUp:
    """Entry, exit and reason for each person of the bucket.

    ``through`` names exits that do not end follow-up here (transplantation as a state lived in).
    """
    population = study.population
    protocol_entry = np.full(bucket.n, float(population.entry_after_days))
    covered_from, covered_to = covered(bucket, population.coverage)
    starts = [protocol_entry, np.maximum(bucket.days_of(population.data_start), 0.0)]
    if population.late_entry:
        registered = bucket.days(bucket.patients["registry_entry_date"])
        starts += [np.where(np.isfinite(registered), registered, 0.0), covered_from]
    entry = np.max(starts, axis=0)
    ends = _ends(bucket, study, covered_to)
    ends = {name: day for name, day in ends.items() if name not in through}
    leave, leave_reason = _earliest(ends)
    exit_, exit_reason = _earliest({"onset": cases.onset, **ends})
    return FollowUp(
        protocol_entry=protocol_entry,
        entry=entry,
        exit=exit_,
        exit_reason=exit_reason,
        leave=leave,
        leave_reason=leave_reason,
        observable=np.isfinite(covered_from),
    )


def _ends(bucket: Bucket, study: Study, covered_to: Days) -> dict[str, Days]:
    end_of_data = bucket.days_of(study.population.data_end)
    last_contact = bucket.days(bucket.patients["last_contact_date"])
    lost = np.where(last_contact < end_of_data, last_contact, NEVER)
    lost = np.min([lost, covered_to, _spell_start(bucket, "lost")], axis=0)
    return {
        "death": bucket.days(bucket.patients["death_date"]),
        "transplant": _spell_start(bucket, "TX"),
        "recovery": _spell_start(bucket, "recovered"),
        "lost": lost,
        "end_of_data": end_of_data,
    }


def _earliest(ends: dict[str, Days]) -> tuple[Days, NDArray[np.object_]]:
    stacked = np.array(list(ends.values()))
    first = stacked.argmin(axis=0)  # the first of equals: the order of the reasons
    return stacked.min(axis=0), np.array(list(ends), dtype=object)[first]


def _spell_start(bucket: Bucket, modality: str) -> Days:
    spells = bucket.tables.get("modality_spells")
    if spells is None:
        return np.full(bucket.n, NEVER)
    rows = spells[spells["modality"] == modality]
    person = rows["person"].to_numpy()
    day = bucket.days(rows["start_date"], person)
    return bucket.first_day(person[day >= 0], day[day >= 0])
