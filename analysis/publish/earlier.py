"""Comparison of a release with earlier ones: what two tables together reveal of a few people."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from analysis.publish.attack import recovered
from analysis.study import Release
from data_schema.results import Estimate

COUNTS = ("numerator", "denominator")


class Moved(NamedTuple):
    """A cell that two releases show, differing by fewer people than may be seen."""

    id: str
    what: str


def moved_by_few(
    before: Sequence[Estimate], now: Sequence[Estimate], release: Release
) -> list[Moved]:
    """Cells whose count changed by ``1 .. min_count - 1``: so many people came or left."""
    if release.min_count <= 1:
        return []
    old = {row.id: row for row in before}
    return [
        Moved(row.id, name)
        for row in now
        if row.id in old and row.kind not in ("value", "curve") and row.question != "disclosure"
        for name in COUNTS
        if 0 < _difference(old[row.id], row, name) < release.min_count
    ]


def filled_in(before: Sequence[Estimate], now: Sequence[Estimate]) -> list[Estimate]:
    """The new rows, with what only the earlier release showed put where the new one hides it."""
    old = {row.id: row for row in before if row.status in ("ok", "flagged")}
    return [old.get(row.id, row) if row.status == "suppressed" else row for row in now]


def follows_from_both(
    before: Sequence[Estimate], now: Sequence[Estimate], release: Release
) -> list[str]:
    """Cells hidden in both releases that one released table fills in for the other."""
    if _is_same_data(before, now):
        return [found.id for found in recovered(filled_in(before, now), release)]
    return []


def _is_same_data(before: Sequence[Estimate], now: Sequence[Estimate]) -> bool:
    """Whether every count shown by both is the same."""
    old = {row.id: row for row in before}
    pairs = [(old[row.id], row) for row in now if row.id in old and row.question != "disclosure"]
    return bool(pairs) and all(_difference(a, b, name) == 0 for a, b in pairs for name in COUNTS)


def _difference(before: Estimate, now: Estimate, name: str) -> float:
    one, two = getattr(before, name), getattr(now, name)
    return 0.0 if one is None or two is None else abs(one - two)
