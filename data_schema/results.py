"""The record that travels: everything ever reported is one long tidy table of ``Estimate`` rows.

Tables, figures, sentences, release checks and suppression read these rows and nothing else.
A failure is a row whose ``status`` is not ``ok`` and whose ``reason`` is a sentence; its
``estimate`` is ``None``.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Literal

from data_schema.measures import declared

Status = Literal[
    "ok",
    "flagged",  # a number that needs the caveat in `reason`
    "not_estimable",  # the data are legal, the estimate does not exist
    "not_available",  # the extract or the protocol cannot answer
    "refused",  # asking would mislead
    "suppressed",  # hidden by the release policy
]

MEASURES = declared()


SECOND_ENGINE_TOLERANCE = 1e-10  # two engines of one curve differ by rounding alone
SECOND_ENGINE_GATES = "gates"  # the level of rows beyond whose tolerance nothing is released


SECOND_ENGINE_TOLERANCE = 1e-10  # two engines of one curve differ by rounding alone
SECOND_ENGINE_GATES = "gates"  # the level of rows beyond whose tolerance nothing is released


@dataclass(frozen=True, slots=True)
class Estimate:
    """One reported number. Text fields default to empty, numbers to ``None`` (not applicable)."""

    question: str
    measure: str
    population: str = ""
    outcome: str = ""
    model: str = ""
    term: str = ""
    level: str = ""
    reference: str = ""
    strata: str = ""  # "dimension=level", several joined by ";"
    time: float | None = None  # days since time zero
    x: float | None = None  # position on another axis (year, covariate value, step)
    estimate: float | None = None
    lower: float | None = None
    upper: float | None = None
    std_error: float | None = None
    p_value: float | None = None
    numerator: float | None = None
    denominator: float | None = None
    person_years: float | None = None
    unit: str = ""
    sums_to: str = ""  # id of the margin this row is a part of
    specification: str = "primary"
    status: Status = "ok"
    reason: str = ""

    @property
    def id(self) -> str:
        """What identifies the number: its keys joined by ``/``, empty ones kept in place."""
        where = (self.time, self.x)
        return "/".join(
            [
                self.question,
                self.measure,
                self.population,
                self.outcome,
                self.model,
                self.term,
                self.level,
                self.strata,
                self.specification,
                *("" if at is None else f"{at:g}" for at in where),
            ]
        )


TEXT_COLUMNS = tuple(f.name for f in fields(Estimate) if f.type in ("str", "Status"))
NUMBER_COLUMNS = tuple(f.name for f in fields(Estimate) if f.type == "float | None")
COLUMNS = ("id", *(f.name for f in fields(Estimate)))
