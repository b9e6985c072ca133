"""When people are away from what the study follows: recovered, grafted or lost, until they return.

An absence begins with a spell of its kind and ends on the day a spell of dialysis begins; without
one, never. What comes in between (a stop, another absence) changes nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.cohort.bucket import NEVER, Bucket, Days, person_day
from analysis.cohort.follow_up.periods import Periods

MODALITY = {"transplant": "TX", "recovery": "recovered", "lost": "lost"}
DIALYSIS = ("HD", "HHD", "PD")


@dataclass(frozen=True)
class Absences:
    """Each from ``start`` until the day of return (``NEVER``: none), and what began it."""

    person: NDArray[np.int64]
    start: Days
    stop: Days
    reason: NDArray[np.object_]

    @property
    def periods(self) -> Periods:
        """As periods of time."""
        return Periods(self.person, self.start, self.stop)


class Spells(NamedTuple):
    """Spells in the order of people and days; ``kind`` is a place in ``kinds``."""

    person: NDArray[np.int64]
    day: Days
    kind: NDArray[np.int64]
    kinds: list[str]

    def are(self, modalities: Collection[str]) -> NDArray[np.bool_]:
        """Which rows are of one of these."""
        return np.array([kind in modalities for kind in self.kinds], dtype=bool)[self.kind]

    def of(self, modalities: Collection[str]) -> Spells:
        """The rows that are of one of these."""
        kept = np.flatnonzero(self.are(modalities))
        return Spells(self.person[kept], self.day[kept], self.kind[kept], self.kinds)


def absences(bucket: Bucket, reasons: Collection[str], within: Collection[str] = ()) -> Absences:
    """Absences for ``reasons`` since first dialysis; ``within``: reasons that end one instead."""
    away = {MODALITY[name]: name for name in reasons}
    back = {*DIALYSIS, *(MODALITY[name] for name in within)}
    spells = _spells(bucket).of(away.keys() | back)
    person, day, off = spells.person, spells.day, spells.are(away)
    same = person[1:] == person[:-1]
    follows = np.append(False, same & off[:-1])[: len(off)]
    begins = np.flatnonzero(off & ~follows)
    returns = np.flatnonzero(~off)
    at = np.searchsorted(returns, begins)
    row = np.append(returns, -1)[at]
    returned = (row >= 0) & (person[row] == person[begins]) if len(row) else row >= 0
    return Absences(
        person[begins],
        day[begins],
        np.where(returned, day[row], NEVER) if len(row) else np.zeros(0),
        _named(spells.kind[begins], spells.kinds, away),
    )


def first_start(bucket: Bucket, reason: str) -> Days:
    """The first day, from first dialysis on, on which a spell of this kind begins."""
    spells = _spells(bucket).of({MODALITY[reason]})
    return bucket.first_day(spells.person, spells.day)


def lost_by_contact(bucket: Bucket, end_of_data: Days) -> Days:
    """The last day on which a person is known to be followed, where it is before the end."""
    last_contact = bucket.patient_days("last_contact_date")
    return np.where(last_contact < end_of_data, last_contact, NEVER)


def lost_for_good(bucket: Bucket, end_of_data: Days) -> Days:
    """The day of a loss without return: the last contact, or a spell of loss."""
    lost = absences(bucket, ("lost",))
    gone = ~np.isfinite(lost.stop)
    spell = bucket.first_day(lost.person[gone], lost.start[gone])
    return np.minimum(lost_by_contact(bucket, end_of_data), spell)


def _named(
    kind: NDArray[np.int64], kinds: list[str], names: Mapping[str, str]
) -> NDArray[np.object_]:
    return np.array([names.get(one, "") for one in kinds], dtype=object)[kind]


def _spells(bucket: Bucket) -> Spells:
    """Those that begin on or after first dialysis."""
    return bucket.once("spells", lambda: _every_spell(bucket))


def _every_spell(bucket: Bucket) -> Spells:
    rows = bucket.tables.get("modality_spells")
    if rows is None:
        return Spells(np.zeros(0, dtype=np.int64), np.zeros(0), np.zeros(0, dtype=np.int64), [])
    person = rows["person"].to_numpy(np.int64)
    day = bucket.days(rows["start_date"], person)
    kept = np.flatnonzero(day >= 0)
    order = kept[np.argsort(person_day(person[kept], day[kept]), kind="stable")]
    kind, kinds = pd.factorize(rows["modality"].to_numpy(object))
    return Spells(person[order], day[order], kind[order], list(kinds))
