"""Released rows, asked by their keys, in the order in which they were released."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from data_schema.results import Estimate

NUMBERED = ("ok", "flagged")
HIDING = "Hidden by the release policy"


def has_number(row: Estimate | None) -> bool:
    """Whether the row carries a number that may be shown."""
    return row is not None and row.status in NUMBERED and row.estimate is not None


@dataclass(frozen=True)
class Rows:
    """All released rows; every question returns rows in their released order."""

    all: tuple[Estimate, ...]

    def where(self, **keys: str | float) -> list[Estimate]:
        """Rows whose named fields equal the values given."""
        return [row for row in self.all if all(getattr(row, key) == at for key, at in keys.items())]

    def first(self, **keys: str | float) -> Estimate | None:
        return next(iter(self.where(**keys)), None)

    def numbers(self, **keys: str | float) -> list[Estimate]:
        """As ``where``, only rows that carry a number."""
        return [row for row in self.where(**keys) if has_number(row)]

    def curve(self, measure: str, outcome: str, strata: str = "") -> list[Estimate]:
        """Points of the primary curve in time order; hidden and missing points left out."""
        found = self.numbers(
            measure=measure, outcome=outcome, strata=strata, specification="primary"
        )
        return sorted((row for row in found if row.time is not None), key=lambda row: row.time or 0)

    def at(self, points: Iterable[Estimate], days: float) -> Estimate | None:
        """The point of a curve at ``days``; None where the curve has no such point."""
        return next((row for row in points if abs((row.time or 0) - days) < 0.5), None)


def own_reason(row: Estimate) -> str:
    """What a row says of itself, without what the release policy added."""
    return row.reason.partition(HIDING)[0].strip(" .") if HIDING in row.reason else row.reason


def distinct(values: Iterable[str]) -> list[str]:
    """Each value once, in order of first appearance."""
    return list(dict.fromkeys(values))


def is_held(row: Estimate) -> bool:
    """A point of a curve that the release policy keeps flat until enough new events."""
    return row.reason.startswith("held since")
