"""The record that travels: everything ever reported is one long tidy table of ``Estimate`` rows.

Tables, figures, sentences, release checks and suppression read these rows and nothing else.
A failure is a row whose ``status`` is not ``ok`` and whose ``reason`` is a sentence; its
``estimate`` is ``None``. An estimate says what it rests on; what leaves is a ``Released`` row, in
which that stays behind.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Literal

from data_schema.measures import Kind, Measure, known

Status = Literal[
    "ok",
    "flagged",  # a number that needs the caveat in `reason`
    "not_estimable",  # the data are legal, the estimate does not exist
    "not_available",  # the extract or the protocol cannot answer
    "refused",  # asking would mislead
    "suppressed",  # hidden by the release policy
]


SECOND_ENGINE_TOLERANCE = 1e-10  # two engines of one curve differ by rounding alone
SECOND_ENGINE_GATES = "gates"  # the level of rows beyond whose tolerance nothing is released


@dataclass(frozen=True, slots=True)
class Estimate:
    """One reported number. Text fields default to empty, numbers to ``None`` (not applicable).

    ``events`` (or effective events) and ``people`` are what the number rests on. Where the kind of
    its measure makes them plain they are the counts: of a proportion, numerator and denominator;
    of a curve the same, unless the people who were ever at risk are given; of a rate, the
    numerator; of a summary, the denominator; of a count of people, the count. Elsewhere they are
    given. ``ValueError`` where a number of a measure that rests on them has none, or the measure
    is not declared.

    ``declaration``: the measure as it was declared, looked up by name when the row is made.

    >>> Estimate("how_common", "site", estimate=0.25, numerator=5.0, denominator=20.0).events
    5.0
    """

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
    events: float | None = None
    people: float | None = None
    declaration: Measure = field(default=None, repr=False, compare=False)  # type: ignore[assignment]

    def __post_init__(self) -> None:
        if self.declaration is None or self.declaration.name != self.measure:
            object.__setattr__(self, "declaration", known(self.measure))
        self._settle()

    def _settle(self) -> None:
        """Take from the counts what they make plain; require what the measure rests on."""
        for name, value in _plain(self).items():
            object.__setattr__(self, name, value)
        if self.estimate is None or self.declaration.rests_on == "none":
            return
        asked = ("events", "people") if self.declaration.rests_on == "events" else ("people",)
        missing = [name for name in asked if getattr(self, name) is None]
        if missing:
            raise ValueError(
                f"{self.measure}: a number without the {' and '.join(missing)} behind it"
            )

    def record(self) -> dict[str, str | float | None]:
        """The columns by name, without the id."""
        return {name: getattr(self, name) for name in COLUMNS[1:]}

    @property
    def kind(self) -> Kind:
        """How the number is built, which decides how it may leave."""
        return self.declaration.kind

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


class Released(Estimate):
    """A row that may leave: the same columns without what the number rests on."""

    __slots__ = ()

    def _settle(self) -> None:
        object.__setattr__(self, "events", None)
        object.__setattr__(self, "people", None)


def released(row: Estimate) -> Released:
    """The row as it may leave."""
    return Released(**{f.name: getattr(row, f.name) for f in fields(Estimate)})


def _plain(row: Estimate) -> dict[str, float]:
    """What the counts of a row make plain of the events and people behind it."""
    numerator, denominator = row.numerator, row.denominator
    found: dict[str, float | None] = {}
    if row.kind in ("proportion", "curve"):
        found["events"] = numerator
    if row.kind == "rate":  # of events, or of time and the people whose it is
        found[row.declaration.rests_on] = numerator
    if row.kind in ("proportion", "summary") or (row.kind == "curve" and row.people is None):
        found["people"] = denominator
    if row.kind == "count" and (row.unit or row.declaration.unit) == "people":
        found["people"] = numerator
    return {name: value for name, value in found.items() if value is not None}


RESTS_ON = ("events", "people")
TEXT_COLUMNS = tuple(f.name for f in fields(Estimate) if f.type in ("str", "Status"))
NUMBER_COLUMNS = tuple(f.name for f in fields(Estimate) if f.type == "float | None")
COLUMNS = ("id", *(f.name for f in fields(Estimate) if f.name != "declaration"))
RELEASED_COLUMNS = tuple(name for name in COLUMNS if name not in RESTS_ON)
