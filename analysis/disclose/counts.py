"""Counts of people or records that a row shows, by name.

Two rows that show the same number of the same people show one *count*: hiding it in one of them is
no use. So counts carry names; the true number is part of the name, which errs on the safe side
(two counts taken for one are hidden together).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from analysis.disclose.policy import Policy
from data_schema.results import Estimate

Name = tuple


@dataclass(frozen=True, slots=True)
class Shown:
    """The counts of one row. ``gap``: denominator minus numerator is a count as well."""

    numerator: Name | None = None
    denominator: Name | None = None
    gap: bool = False

    @property
    def names(self) -> tuple[Name, ...]:
        return tuple(name for name in (self.numerator, self.denominator) if name is not None)


@dataclass(slots=True)
class Ledger:
    """Every count of a release: its true number, the rows that show it, what each row shows."""

    value: dict[Name, float] = field(default_factory=dict)
    rows: dict[Name, list[int]] = field(default_factory=dict)
    shown: list[Shown] = field(default_factory=list)


def counts_of(rows: Sequence[Estimate]) -> Ledger:
    """Name every count of every row."""
    ledger = Ledger()
    for index, row in enumerate(rows):
        shown = _shown(row)
        ledger.shown.append(shown)
        for name in shown.names:
            ledger.value[name] = name[-1]
            ledger.rows.setdefault(name, []).append(index)
    return ledger


def rests_on_few(row: Estimate, policy: Policy) -> bool:
    """Whether a count behind the row, or its complement, may not be seen."""
    kind = row.kind
    if kind == "value":
        return False
    counts = [row.numerator, row.denominator]
    if kind == "count" and row.numerator is None:
        counts.append(row.estimate)
    if kind in ("proportion", "ratio") and None not in (row.numerator, row.denominator):
        counts.append(row.denominator - row.numerator)  # type: ignore[operator]
    return any(policy.is_small(count) for count in counts)


def _shown(row: Estimate) -> Shown:
    kind = row.kind
    if kind in ("value", "curve", "summary", "difference", "derived"):
        return Shown()  # curves are coarsened; the others show no count of a partition
    if kind == "ratio":
        return Shown(_name(row, "events"), _name(row, "people"), gap=True)
    if kind == "proportion":
        return Shown(_name(row, "numerator"), _name(row, "people"), gap=True)
    return Shown(_name(row, "numerator"))


def _name(row: Estimate, what: str) -> Name | None:
    count = row.denominator if what == "people" else row.numerator
    if count is None and row.kind == "count":
        count = row.estimate
    if count is None:
        return None
    if what == "people" or _is_everybody(row):
        return ("people", _together(row.strata), count)
    if row.measure == "distribution":
        return ("people", _together(row.strata, f"{row.term}={row.level}"), count)
    if what == "events" or row.measure == "incidence_rate":
        return ("events", row.outcome, row.strata, count)
    if row.measure == "exits":
        return ("events", row.level, row.strata, count)
    place = (row.question, row.measure, row.population, row.outcome, row.term, row.level)
    return (*place, row.strata, row.specification, row.time, row.x, what, count)


def _together(*strata: str) -> tuple[str, ...]:
    return tuple(sorted(pair for text in strata for pair in text.split(";") if pair))


def _is_everybody(row: Estimate) -> bool:
    """Rows that count the people of a stratum, whatever the part of the report."""
    return row.measure == "person_years" or (row.measure == "people" and not row.level)
