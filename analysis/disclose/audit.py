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


MOST = 1e8  # more people than any registry has


class Target(NamedTuple):
    """A small number of people: a count, or a denominator less its numerator."""

    plus: Name
    minus: Name | None = None


def exposed_counts(hiding: Hiding) -> list[Target]:
    """Hidden small counts (or complements) whose range is narrower than the policy's width."""
    systems: dict[tuple[int, ...], _System] = {}
    exposed = []
    for target in _targets(hiding):
        names = [name for name in target if name is not None]
        relations = hiding.neighbours(names)
        key = tuple(id(relation) for relation in relations)
        if key not in systems or not all(name in systems[key].column for name in names):
            systems[key] = _System(hiding, relations, names)
        if systems[key].range_of(target, hiding.policy.width) < hiding.policy.width:
            exposed.append(target)
    return exposed


def _targets(hiding: Hiding) -> list[Target]:
    small, value = hiding.policy.is_small, hiding.ledger.value
    found: dict[Target, None] = {}
    for row in sorted(hiding.rows):
        shown = hiding.ledger.shown[row]
        for name in shown.names:
            if small(value[name]):
                found[Target(name)] = None
        part, whole = shown.numerator, shown.denominator
        if shown.gap and part is not None and whole is not None:
            gap = value[whole] - value[part]
            if small(gap):
                found[Target(whole, part)] = None
    return list(found)


class _System:
    """Integer unknowns: every count of some relations, and what each relation leaves over."""

    def __init__(self, hiding: Hiding, relations: list[Relation], names: list[Name]) -> None:
        counts = [n for r in relations for n in (r.total, *r.parts)]
        pairs = _shares(hiding, [*names, *counts])
        flat = [name for pair in pairs for name in pair]
        self.column = {n: j for j, n in enumerate(dict.fromkeys([*names, *counts, *flat]))}
        self.value = hiding.ledger.value
        self.seen: list[np.ndarray] = []
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

    def range_of(self, target: Target, enough: float) -> float:
        """The greatest less the least number of people that the target can be, up to ``enough``.

        Two solutions seen before that differ by enough need no search.
        """
        objective = np.zeros(len(self.lower))
        objective[self.column[target.plus]] = 1
        if target.minus is not None:
            objective[self.column[target.minus]] = -1
        if self._seen_range(objective) < enough:
            for sign in (1, -1):
                if not self._solve(sign * objective):
                    return 0.0  # the truth solves the equations: the search gave up
        return self._seen_range(objective)

    def _seen_range(self, objective: np.ndarray) -> float:
        found = [float(objective @ x) for x in self.seen]
        return max(found) - min(found) if found else 0.0

    def _solve(self, objective: np.ndarray) -> bool:
        found = milp(
            objective,
            integrality=np.ones(len(objective)),
            bounds=Bounds(self.lower, np.minimum(self.upper, MOST)),
            constraints=LinearConstraint(
                self.matrix.tocsr(), np.zeros(len(self.row_upper)), self.row_upper
            ),
        )
        if found.status == 0:
            self.seen.append(np.round(found.x))
        return found.status == 0


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
