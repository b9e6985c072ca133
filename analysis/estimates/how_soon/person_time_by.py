"""Time at risk split by what changes over it: calendar era, treatment."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.estimates.how_soon.starting_time import AtRiskPeriods

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Split:
    """Rows ``(start, stop]`` with their level; ``state`` is 0 but where a period ends. All (n,)."""

    person: Ints
    start: Floats
    stop: Floats
    state: Ints
    level: NDArray[np.object_]

    def where(self, kept: NDArray[np.bool_]) -> Split:
        """Some of the rows."""
        return Split(
            self.person[kept],
            self.start[kept],
            self.stop[kept],
            self.state[kept],
            self.level[kept],
        )


def by_era(at_risk: AtRiskPeriods, origin: Floats, breaks: Floats, labels: list[str]) -> Split:
    """Split at calendar days.

    ``origin`` (n,): calendar day of day 0 of each period; ``breaks`` (k,) increasing calendar days;
    ``labels`` (k + 1,). A day on which an era begins belongs to the era before it, as the
    intervals are ``(start, stop]``.
    """
    edges = np.concatenate([[-np.inf], breaks, [np.inf]])
    parts = []
    for begin, end, label in zip(edges[:-1], edges[1:], labels, strict=True):
        start = np.maximum(at_risk.start, begin - origin)
        stop = np.minimum(at_risk.stop, end - origin)
        inside = stop > start
        ends = at_risk.stop[inside] == stop[inside]
        state = np.where(ends, at_risk.state[inside], 0)
        level = np.full(int(inside.sum()), label, dtype=object)
        parts.append(Split(at_risk.person[inside], start[inside], stop[inside], state, level))
    return _joined(parts)


def by_modality(at_risk: AtRiskPeriods, spells: pd.DataFrame) -> Split:
    """Split at changes of treatment; time in no spell is left out."""
    spell, period = pairs_of_a_person(spells["person"].to_numpy(np.int64), at_risk.person)
    start = np.maximum(spells["start"].to_numpy(float)[spell], at_risk.start[period])
    stop = np.minimum(spells["stop"].to_numpy(float)[spell], at_risk.stop[period])
    inside = stop > start
    spell, period, start, stop = spell[inside], period[inside], start[inside], stop[inside]
    state = np.where(at_risk.stop[period] == stop, at_risk.state[period], 0)
    level = spells["modality"].to_numpy(object)[spell]
    return Split(at_risk.person[period], start, stop, state, level)


def pairs_of_a_person(left: Ints, right: Ints) -> tuple[Ints, Ints]:
    """Rows of ``left`` (n,) and of ``right`` (m,) with one person: indices, in the order of left.

    ``right`` is in the order of people; every row of ``left`` comes with every one of its person.
    """
    first = np.searchsorted(right, left, side="left")
    count = np.searchsorted(right, left, side="right") - first
    at = np.repeat(np.arange(len(left)), count)
    within = np.arange(len(at)) - np.repeat(np.cumsum(count) - count, count)
    return at, first[at] + within


def _joined(parts: list[Split]) -> Split:
    return Split(
        np.concatenate([part.person for part in parts]),
        np.concatenate([part.start for part in parts]),
        np.concatenate([part.stop for part in parts]),
        np.concatenate([part.state for part in parts]),
        np.concatenate([part.level for part in parts]),
    )
