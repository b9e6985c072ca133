"""Periods of people's time, ``(start, stop]``, and where several of them hold at once.

All are in the order of people and days, so that two sets of them are met in one pass over both.
Stretches that touch become one.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from analysis.cohort.bucket import Days, person_day
from analysis.cohort.follow_up.period_kernels import merged, remaining, shared
from analysis.cohort.laboratory.lab_kernels import in_order


class Periods(NamedTuple):
    """Periods in the order of people and days; those of one person neither overlap nor touch."""

    person: NDArray[np.int64]
    start: Days
    stop: Days

    @property
    def first(self) -> NDArray[np.bool_]:
        """Which rows are the first of their person."""
        return np.append(True, self.person[1:] != self.person[:-1])[: len(self.person)]

    @property
    def last(self) -> NDArray[np.bool_]:
        """Which rows are the last of their person."""
        return np.append(self.person[1:] != self.person[:-1], True)[: len(self.person)]

    def where(self, kept: NDArray[np.bool_]) -> Periods:
        """Some of the rows."""
        return Periods(self.person[kept], self.start[kept], self.stop[kept])

    def since(self, begin: Days) -> Periods:
        """What lies after a day of each person."""
        start = np.maximum(self.start, begin[self.person])
        return Periods(self.person, start, self.stop).where(start < self.stop)

    def holding(self, person: NDArray[np.int64], day: Days) -> NDArray[np.int64]:
        """The row that holds each day of each person; −1 where none does."""
        if not len(self.person):
            return np.full(len(person), -1, dtype=np.int64)
        keys = person_day(self.person, self.start)
        at = np.searchsorted(keys, person_day(person, day), side="left") - 1
        found = np.maximum(at, 0)
        good = (at >= 0) & (self.person[found] == person) & (day <= self.stop[found])
        return np.where(good, at, -1)


def one_each(start: Days, stop: Days) -> Periods:
    """One period a person, for the people to whom it leaves a day."""
    kept = np.flatnonzero(stop > start)
    return Periods(kept, start[kept], stop[kept])


def union(person: NDArray[np.int64], start: Days, stop: Days) -> Periods:
    """Days in any of the periods, given in any order; empty ones are left out."""
    if not in_order(person, start):
        order = np.argsort(person_day(person, start), kind="stable")
        person, start, stop = person[order], start[order], stop[order]
    return Periods(*merged(person, start, stop))


def common(inside: list[Periods], outside: list[Periods]) -> Periods:
    """Days in every one of ``inside`` and in none of ``outside``."""
    found = Periods(*merged(*inside[0]))
    for one in inside[1:]:
        found = Periods(*shared(*found, *one))
    for one in outside:
        found = Periods(*remaining(*found, *one))
    return found
