"""Treatment of each person on a day, and days by treatment in a period; arrays throughout.

The last spell that began decides: dirty spells that overlap or leave gaps do not make anyone
vanish. Before a first spell, and where the extract has none, a person is on dialysis.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.estimates.how_soon.person_time_by import pairs_of_a_person

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Piece = tuple[Ints, Ints, Floats, Floats]  # person, status, from, to

STATUSES = DIALYSIS, GRAFT, OFF, LOST = 0, 1, 2, 3
STATUS = {"TX": GRAFT, "recovered": OFF, "stopped": OFF, "lost": LOST}
FAR = 1e7  # days; more than anybody's life


class Window(NamedTuple):
    """Days ``[begin, end)`` of a person, any number of rows a person; ``end`` >= ``begin``."""

    person: Ints
    begin: Floats
    end: Floats


@dataclass(frozen=True)
class Treatment:
    """Spells in order of person and start: ``key`` = row of the person · FAR + start."""

    people: int
    key: Floats
    person: Ints
    start: Floats
    stop: Floats
    status: Ints
    modality: NDArray[np.object_]

    def spell_on(self, person: Ints, day: Floats) -> Ints:
        """The spell that last began by ``day``, for rows ``person``; −1 where none has."""
        at = np.searchsorted(self.key, person * FAR + day, side="right") - 1
        found = np.maximum(at, 0)
        mine = (at >= 0) & (self.person[found] == person) if len(self.key) else at >= 0
        return np.where(mine, at, -1)

    def status_on(self, person: Ints, day: Floats) -> Ints:
        """``DIALYSIS``, ``GRAFT``, ``OFF`` or ``LOST``."""
        at = self.spell_on(person, day)
        return np.where(at >= 0, np.append(self.status, DIALYSIS)[at], DIALYSIS)

    def modality_on(self, person: Ints, day: Floats) -> NDArray[np.object_]:
        """The treatment as recorded; ``missing`` without a spell that holds the day."""
        at = self.spell_on(person, day)
        held = (at >= 0) & (day < np.append(self.stop, -np.inf)[at])
        return np.where(held, np.append(self.modality, "missing")[at], "missing").astype(object)

    def days(self, window: Window) -> Floats:
        """Days by status in each person's windows (people × 4); they add up to their lengths."""
        total = np.zeros((self.people, len(STATUSES)))
        for person, status, low, high in self._pieces(window):
            np.add.at(total, (person, status), np.maximum(high - low, 0.0))
        return total

    def last(self, window: Window, kinds: Sequence[int]) -> Floats:
        """End of each person's last period of one of ``kinds`` within windows; −inf: none."""
        latest = np.full(self.people, -np.inf)
        for person, status, low, high in self._pieces(window):
            good = np.isin(status, kinds) & (high > low)
            np.maximum.at(latest, person[good], high[good])
        return latest

    def first(self, window: Window, kinds: Sequence[int]) -> Floats:
        """Start of each person's first period of one of ``kinds`` within windows; inf: none."""
        earliest = np.full(self.people, np.inf)
        for person, status, low, high in self._pieces(window):
            good = np.isin(status, kinds) & (high > low)
            np.minimum.at(earliest, person[good], low[good])
        return earliest

    def _pieces(self, window: Window) -> tuple[Piece, Piece]:
        """The time before the first spell, and each spell up to the next one, within windows."""
        owner, begin, end = window
        first = np.full(self.people, np.inf)
        np.minimum.at(first, self.person, self.start)
        before = (owner, np.full(len(owner), DIALYSIS), begin, np.minimum(end, first[owner]))
        following = np.append(self.start[1:], np.inf)[: len(self.start)]
        other = np.append(self.person[1:] != self.person[:-1], True)[: len(self.start)]
        until = np.where(other, np.inf, following)
        row, spell = pairs_of_a_person(owner, self.person)
        low, high = np.maximum(self.start[spell], begin[row]), np.minimum(until[spell], end[row])
        return before, (owner[row], self.status[spell], low, high)


def treatment(spells: pd.DataFrame, person: pd.Series) -> Treatment:
    """The spells of all people; ``person`` are the ids of the people, in increasing order."""
    ids = person.to_numpy(np.int64)
    row = np.searchsorted(ids, spells["person"].to_numpy(np.int64))
    start = spells["start"].to_numpy(np.float64)
    order = np.lexsort((start, row))
    row, start = row[order], start[order]
    modality = spells["modality"].to_numpy(object)[order]
    status = pd.Series(modality).map(STATUS).fillna(DIALYSIS).to_numpy(np.int64)
    stop = spells["stop"].to_numpy(np.float64)[order]
    return Treatment(len(ids), row * FAR + start, row, start, stop, status, modality)
