"""The range that everything shown leaves to each hidden small count, by integer programming.

The auditor knows every shown count exactly. Readers know them rounded, which only widens a range:
what is safe here is safe after rounding.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import lil_array

from analysis.disclose.counts import Name
from analysis.disclose.margins import Relation

if TYPE_CHECKING:
    from analysis.disclose.complementary import Hiding


class Target(NamedTuple):
    """A small number of people: a count, or a denominator less its numerator."""

    plus: Name
    minus: Name | None = None


def exposed_counts(hiding: Hiding) -> list[Target]:
    """Hidden small counts (or complements) whose range is narrower than the policy's width."""
    return [target for target in _targets(hiding) if _is_exposed(hiding, target)]


def _targets(hiding: Hiding) -> list[Target]:
    small, value = hiding.policy.is_small, hiding.ledger.value
    found: dict[Target, None] = {}
    for row in sorted(hiding.rows):
        shown = hiding.ledger.shown[row]
        for name in shown.names:
            if small(value[name]) and value[name] > 0:
                found[Target(name)] = None
        part, whole = shown.numerator, shown.denominator
        if shown.gap and part is not None and whole is not None:
            gap = value[whole] - value[part]
            if small(gap) and gap > 0:
                found[Target(whole, part)] = None
    return list(found)


def _is_exposed(hiding: Hiding, target: Target) -> bool:
    names = [name for name in target if name is not None]
    relations = hiding.neighbours(names)
    system = _System(hiding, relations, names)
    least, most = system.range_of(target)
    return most - least < hiding.policy.width


class _System:
    """Integer unknowns: every count of some relations, and what each relation leaves over."""

    def __init__(self, hiding: Hiding, relations: list[Relation], names: list[Name]) -> None:
        counts = [n for r in relations for n in (r.total, *r.parts)]
        pairs = _shares(hiding, [*names, *counts])
        flat = [name for pair in pairs for name in pair]
        self.column = {n: j for j, n in enumerate(dict.fromkeys([*names, *counts, *flat]))}
        self.value = hiding.ledger.value
        size = len(self.column) + len(relations)
        self.matrix = lil_array((len(relations) + len(pairs), size))
        self.row_upper = np.zeros(len(relations) + len(pairs))
        self.lower, self.upper = np.zeros(size), np.full(size, np.inf)
        for i, relation in enumerate(relations):
            self.matrix[i, self.column[relation.total]] = 1
            for part in relation.parts:
                self.matrix[i, self.column[part]] = -1
            left_over = len(self.column) + i
            self.matrix[i, left_over] = -1
            self.upper[left_over] = 0 if relation.rest == 0 else np.inf
        for i, (part, whole) in enumerate(pairs, start=len(relations)):
            self.matrix[i, self.column[whole]] = 1
            self.matrix[i, self.column[part]] = -1
            self.row_upper[i] = np.inf
        for name, j in self.column.items():
            if hiding.is_hidden(name):
                self.lower[j] = 1 if self.value[name] > 0 and hiding.policy.allow_zero else 0
            else:
                self.lower[j] = self.upper[j] = self.value[name]

    def range_of(self, target: Target) -> tuple[float, float]:
        objective = np.zeros(len(self.lower))
        objective[self.column[target.plus]] = 1
        if target.minus is not None:
            objective[self.column[target.minus]] = -1
        return self._least(objective, 0.0), -self._least(-objective, -np.inf)

    def _least(self, objective: np.ndarray, unbounded: float) -> float:
        found = milp(
            objective,
            integrality=np.ones(len(objective)),
            bounds=Bounds(self.lower, self.upper),
            constraints=LinearConstraint(
                self.matrix.tocsr(), np.zeros(len(self.row_upper)), self.row_upper
            ),
        )
        return float(found.fun) if found.status == 0 else unbounded


def _shares(hiding: Hiding, names: Iterable[Name]) -> list[tuple[Name, Name]]:
    """(numerator, denominator) of the rows that show a count as part of a whole."""
    rows = sorted({row for name in names for row in hiding.ledger.rows[name]})
    shown = [hiding.ledger.shown[row] for row in rows]
    pairs = {
        (s.numerator, s.denominator): None
        for s in shown
        if s.gap and s.numerator is not None and s.denominator is not None
    }
    return [pair for pair in pairs if pair[0] is not None and pair[1] is not None]
