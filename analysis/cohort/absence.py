"""When people are away from what the study follows: recovered, grafted or lost, until they return.

An absence begins with a spell of its kind and ends on the day a spell of dialysis begins; without
one, never. What comes in between (a stop, another absence) changes nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.cohort.bucket import NEVER, Bucket, Days, person_day
from analysis.cohort.windows import Windows

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
    def windows(self) -> Windows:
        """As stretches of time."""
        return Windows(self.person, self.start, self.stop)


def absences(bucket: Bucket, reasons: Collection[str], within: Collection[str] = ()) -> Absences:
    """Absences for ``reasons`` since first dialysis; ``within``: reasons that end one instead."""
    away = {MODALITY[name]: name for name in reasons}
    back = {*DIALYSIS, *(MODALITY[name] for name in within)}
    person, day, modality = _spells(bucket, away.keys() | back)
    off = np.isin(modality, list(away))
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
        _named(modality[begins], away),
    )


def first_start(bucket: Bucket, reason: str) -> Days:
    """The first day, from first dialysis on, on which a spell of this kind begins."""
    person, day, _ = _spells(bucket, {MODALITY[reason]})
    return bucket.first_day(person, day)


def lost_by_contact(bucket: Bucket, end_of_data: Days) -> Days:
    """The last day on which a person is known to be followed, where it is before the end."""
    last_contact = bucket.days(bucket.patients["last_contact_date"])
    return np.where(last_contact < end_of_data, last_contact, NEVER)


def lost_for_good(bucket: Bucket, end_of_data: Days) -> Days:
    """The day of a loss after which nobody returns: the last contact, or a spell of loss."""
    lost = absences(bucket, ("lost",))
    gone = ~np.isfinite(lost.stop)
    spell = bucket.first_day(lost.person[gone], lost.start[gone])
    return np.minimum(lost_by_contact(bucket, end_of_data), spell)


def _named(modality: NDArray[np.object_], names: Mapping[str, str]) -> NDArray[np.object_]:
    place, kinds = pd.factorize(modality)
    return np.array([names[one] for one in kinds], dtype=object)[place]


def _spells(
    bucket: Bucket, modalities: Collection[str]
) -> tuple[NDArray[np.int64], Days, NDArray[np.object_]]:
    """Spells of some kinds that begin on or after first dialysis, by person and day."""
    person, day, modality = bucket.once("spells", lambda: _every_spell(bucket))
    kept = np.flatnonzero(pd.Index(modality).isin(list(modalities)))
    return person[kept], day[kept], modality[kept]


def _every_spell(bucket: Bucket) -> tuple[NDArray[np.int64], Days, NDArray[np.object_]]:
    rows = bucket.tables.get("modality_spells")
    if rows is None:
        return np.zeros(0, dtype=np.int64), np.zeros(0), np.zeros(0, dtype=object)
    person = rows["person"].to_numpy(np.int64)
    day = bucket.days(rows["start_date"], person)
    kept = np.flatnonzero(day >= 0)
    order = kept[np.argsort(person_day(person[kept], day[kept]), kind="stable")]
    return person[order], day[order], rows["modality"].to_numpy(object)[order]
