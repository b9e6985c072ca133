"""Released rows, asked by their keys, in the order in which they were released."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any, TypeVar

from data_schema.results import Estimate

Row = TypeVar("Row", bound=Estimate)

NUMBERED = ("ok", "flagged")
HIDING = "Hidden by the release policy"


def has_number(row: Estimate | None) -> bool:
    """Whether the row carries a number that may be shown."""
    return row is not None and row.status in NUMBERED and row.estimate is not None


PRIMARY = "(primary)"  # the model that a measure declares, else those of the protocol
ANY = "(any)"
UNITS = ("primary", "conventional")  # one number in SI and conventional units
IMPUTED_OR_NOT = ("primary", "multiple_imputation")
Wanted = str | float | None | Collection[str]


class AmbiguousSelectionError(ValueError):
    """One estimate or curve was asked for, and rows of several models or choices answer."""


@dataclass(frozen=True)
class Rows:
    """All released rows; every question returns rows in their released order.

    A selection means the primary model and the primary specification unless it names others, so
    that rows of another model never enter a sentence, table or figure that was not made for them.
    ``models``: those of the protocol; ``None`` takes every model as one of them.
    """

    all: tuple[Estimate, ...]
    models: tuple[str, ...] | None = None

    def where(
        self,
        model: str | Collection[str] = PRIMARY,
        specification: str | Collection[str] = "primary",
        **keys: Wanted,
    ) -> list[Estimate]:
        """Rows whose named fields equal the values given, or are among them; ``ANY`` is any."""
        wanted: dict[str, Wanted] = {**keys, "specification": specification}
        if model != PRIMARY:
            wanted["model"] = model
        return [
            row
            for row in self.all
            if (model != PRIMARY or self.is_primary(row))
            and all(_is(getattr(row, key), at) for key, at in wanted.items())
        ]

    def is_primary(self, row: Estimate) -> bool:
        """Whether the row is of the model that its measure declares, else of the protocol's."""
        if row.declaration.primary_model:
            return row.model == row.declaration.primary_model
        return not row.model or self.models is None or row.model in self.models

    def first(self, **keys: Any) -> Estimate | None:
        """The row asked for; an error where several models or choices have one."""
        found = self.where(**keys)
        _require_one(found)
        return next(iter(found), None)

    def numbers(self, **keys: Any) -> list[Estimate]:
        """As ``where``, only rows that carry a number."""
        return [row for row in self.where(**keys) if has_number(row)]

    def curve(self, measure: str, outcome: str, strata: str = "", **keys: Any) -> list[Estimate]:
        """Points of one curve in time order; hidden and missing points left out."""
        found = self.numbers(measure=measure, outcome=outcome, strata=strata, **keys)
        _require_one(found)
        return sorted((row for row in found if row.time is not None), key=lambda row: row.time or 0)

    def at(self, points: Iterable[Row], days: float) -> Row | None:
        """The point of a curve at ``days``; None where the curve has no such point."""
        return next((row for row in points if abs((row.time or 0) - days) < 0.5), None)


def _is(value: object, wanted: Wanted) -> bool:
    if wanted is None or isinstance(wanted, str | float | int):
        return wanted in (ANY, value)
    return value in wanted


def _require_one(found: list[Estimate]) -> None:
    """Of one model, choice and population, or the selection says too little."""
    several = {(row.model, row.specification, row.population) for row in found}
    if len(several) > 1:
        said = " and ".join(sorted(" / ".join(one) for one in several))
        raise AmbiguousSelectionError(f"{found[0].measure}: {said}: name one")


def own_reason(row: Estimate) -> str:
    """What a row says of itself, without what the release policy added."""
    return row.reason.partition(HIDING)[0].strip(" .") if HIDING in row.reason else row.reason


def distinct(values: Iterable[str]) -> list[str]:
    """Each value once, in order of first appearance."""
    return list(dict.fromkeys(values))


def is_held(row: Estimate) -> bool:
    """A point of a curve that the release policy keeps flat until enough new events."""
    return row.reason.startswith("held since")
