"""Stretches of people's time, ``(start, stop]``, and where several of them hold at once.

Every stretch is two marks on a person's clock, and where enough of them are open is found in one
pass over the marks of a bucket. Stretches that touch become one.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from analysis.cohort.bucket import Days, person_day


class Windows(NamedTuple):
    """Stretches in the order of people and days; those of one person neither overlap nor touch."""

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

    def where(self, kept: NDArray[np.bool_]) -> Windows:
        """Some of the rows."""
        return Windows(self.person[kept], self.start[kept], self.stop[kept])

    def holding(self, person: NDArray[np.int64], day: Days) -> NDArray[np.int64]:
        """The row that holds each day of each person; −1 where none does."""
        if not len(self.person):
            return np.full(len(person), -1, dtype=np.int64)
        keys = person_day(self.person, self.start)
        at = np.searchsorted(keys, person_day(person, day), side="left") - 1
        found = np.maximum(at, 0)
        good = (at >= 0) & (self.person[found] == person) & (day <= self.stop[found])
        return np.where(good, at, -1)


def one_each(start: Days, stop: Days) -> Windows:
    """One stretch a person, for the people to whom it leaves a day."""
    kept = np.flatnonzero(stop > start)
    return Windows(kept, start[kept], stop[kept])


def union(person: NDArray[np.int64], start: Days, stop: Days) -> Windows:
    """Days in any of the stretches, given in any order; empty ones are left out."""
    return _at_least(1, [Windows(person, start, stop)], [])


def common(inside: list[Windows], outside: list[Windows]) -> Windows:
    """Days in every one of ``inside`` and in none of ``outside``; each disjoint within itself."""
    return _at_least(len(inside), inside, outside)


def _at_least(level: int, plus: list[Windows], minus: list[Windows]) -> Windows:
    """Where stretches of ``plus`` open less those of ``minus`` are ``level`` or more."""
    every = [(one, 1) for one in plus] + [(one, -1) for one in minus]
    kept = [(one.where(one.stop > one.start), sign) for one, sign in every]
    person = np.concatenate([one.person for one, _ in kept] * 2)
    day = np.concatenate([one.start for one, _ in kept] + [one.stop for one, _ in kept])
    change = np.concatenate([np.full(len(one.person), sign) for one, sign in kept])
    key = person_day(person, day)
    order = np.argsort(key, kind="stable")
    key, person, day = key[order], person[order], day[order]
    new = np.append(True, key[1:] != key[:-1])[: len(key)]
    last_of_day = np.append(new[1:], True)[: len(key)]
    is_open = np.cumsum(np.concatenate([change, -change])[order])[last_of_day] >= level
    before = np.append(False, is_open[:-1])[: len(is_open)]
    person, day = person[new], day[new]
    begins, ends = is_open & ~before, before & ~is_open
    return Windows(person[begins], day[begins], day[ends])
