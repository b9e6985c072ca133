"""Attack on a release: recovers hidden counts by integer programming, if it can.

Every shown count lies within its rounding; every hidden one is at least one (zeros are shown) or,
as the numerator of a share, at least zero. The equations of the release leave each hidden count a
range. A count is *recovered* where that range reaches below ``min_count`` and is narrower than half
of ``1 .. min_count - 1``, which is all that its being hidden may say. The same holds for the
difference of a hidden denominator and numerator, for the hidden parts of a total together, and for
the step of a curve.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import lil_array

from analysis.publish.curve_attack import readable_steps
from analysis.publish.equations import Equation, Place, equations
from analysis.publish.refusal import PublishError
from analysis.study import Release
from data_schema.results import Estimate

MOST = 1e8  # more people than any registry has


class Recovered(NamedTuple):
    """A row and the range in which one of its hidden counts must lie."""

    id: str
    what: str
    least: float
    most: float


class System:
    """Integer unknowns with bounds, the equations between them, and the solutions seen so far.

    Two solutions that differ enough in a count prove that it cannot be recovered, so most counts
    need no search of their own.
    """

    def __init__(
        self, column: dict[Place, int], matrix: lil_array, row_upper: np.ndarray, bounds: np.ndarray
    ) -> None:
        self.column = column
        self.seen: list[np.ndarray] = []
        self._constraints = LinearConstraint(matrix.tocsr(), np.zeros(len(row_upper)), row_upper)
        self._bounds = Bounds(bounds[:, 0], np.minimum(bounds[:, 1], MOST))

    def is_feasible(self) -> bool:
        return self._solve(np.zeros(len(self.column))) is not None

    def seen_range(self, terms: dict[int, float]) -> float:
        """How far a sum of unknowns differs between solutions seen."""
        sums = [sum(w * x[j] for j, w in terms.items()) for x in self.seen]
        return max(sums) - min(sums) if sums else 0.0

    def extreme(self, terms: dict[int, float], sign: int) -> float:
        """The least (``sign`` 1) or greatest (-1) value of a sum of unknowns."""
        objective = np.zeros(len(self.column))
        for j, weight in terms.items():
            objective[j] = sign * weight
        found = self._solve(objective)
        if found is None:
            raise PublishError("estimates.csv: the attack on hidden counts found no answer")
        return float(sign * (objective @ found))

    def _solve(self, objective: np.ndarray) -> np.ndarray | None:
        found = milp(
            objective,
            integrality=np.ones(len(objective)),
            bounds=self._bounds,
            constraints=self._constraints,
        )
        if found.status != 0:
            return None
        self.seen.append(np.round(found.x))
        return self.seen[-1]


def recovered(rows: Sequence[Estimate], release: Release) -> list[Recovered]:
    """Hidden small counts that follow from the released rows, in the order of the rows."""
    if release.min_count <= 1 and release.allow_zero:
        return []
    found = _shown_small(rows, release)
    steps = readable_steps(rows, release.min_count, lambda count: shown_range(count, release))
    found += [Recovered(where, "step", 0.0, most) for where, most in steps]
    for component in _components(rows, equations(rows)):
        found += _attack(rows, component, release)
    return found


def shown_range(value: float, release: Release) -> tuple[float, float]:
    """What a released count may have been before it was rounded."""
    step = max(1, release.rounding)
    if value == 0:
        return (0.0, 0.0) if release.allow_zero else (0.0, release.min_count - 1.0)
    least = value - step // 2
    if value <= step * math.ceil(release.min_count / step):
        least = release.min_count
    return float(least), float(value + (step - 1) // 2)


def _shown_small(rows: Sequence[Estimate], release: Release) -> list[Recovered]:
    """Small counts that are simply there."""
    return [
        Recovered(row.id, name, value, value)
        for row in rows
        if row.kind != "value" and row.question != "disclosure"
        for name in ("numerator", "denominator")
        if (value := getattr(row, name)) is not None and 0 < value < release.min_count
    ]


def _components(rows: Sequence[Estimate], written: list[Equation]) -> list[list[Equation]]:
    """Equations that share an unknown, together; those without a hidden count left out."""
    parent: dict[object, object] = {}

    def root(node: object) -> object:
        while parent.setdefault(node, node) != node:
            node = parent[node]
        return node

    hidden = {i for i, row in enumerate(rows) if row.status == "suppressed"}
    for number, equation in enumerate(written):
        for place in (equation.total, *equation.parts):
            if place[0] in hidden:
                parent[root(("row", place[0]))] = root(("equation", number))
    groups: dict[object, list[Equation]] = defaultdict(list)
    for number, equation in enumerate(written):
        if any(place[0] in hidden for place in (equation.total, *equation.parts)):
            groups[root(("equation", number))].append(equation)
    return list(groups.values())


def _attack(rows: Sequence[Estimate], written: list[Equation], release: Release) -> list[Recovered]:
    system = _system(rows, written, release)
    if not system.is_feasible():
        # The reader's guess that these parts are all there is was wrong: only bounds remain.
        loose = [Equation(e.total, e.parts, exact=len(e.parts) == 1 and e.exact) for e in written]
        system = _system(rows, loose, release)
        if not system.is_feasible():
            return []
    width = max(1, (release.min_count - 1) // 2)
    found = []
    for place, name, terms in _targets(rows, written, system):
        if system.seen_range(terms) >= width:
            continue
        least, most = system.extreme(terms, 1), system.extreme(terms, -1)
        if least < release.min_count and most > 0 and most - least < width:
            found.append(Recovered(rows[place[0]].id, name, least, most))
    return found


Target = tuple[Place, str, dict[int, float]]


def _targets(rows: Sequence[Estimate], written: list[Equation], system: System) -> Iterator[Target]:
    """Sums of unknowns that are numbers of people: each hidden one, its complement, and groups."""
    hidden = {place for place in system.column if rows[place[0]].status == "suppressed"}
    for place in system.column:
        if place not in hidden:
            continue
        yield place, place[1], {system.column[place]: 1.0}
        whole = system.column.get((place[0], "denominator"))
        if place[1] == "numerator" and whole is not None:
            yield place, "complement", {whole: 1.0, system.column[place]: -1.0}
    for equation in written:
        group = [place for place in equation.parts if place in hidden]
        if len(group) > 1 and len(set(group)) == len(group):
            yield group[0], "sum of hidden parts", {system.column[place]: 1.0 for place in group}


def _system(rows: Sequence[Estimate], written: list[Equation], release: Release) -> System:
    places = dict.fromkeys(p for e in written for p in (e.total, *e.parts))
    for index, name in list(places):
        if name == "numerator" and rows[index].kind in ("proportion", "ratio"):
            places[(index, "denominator")] = None
    column = {place: j for j, place in enumerate(places)}
    shares = [i for i, name in column if name == "numerator" and (i, "denominator") in column]
    matrix = lil_array((len(written) + len(shares), len(column)))
    row_upper = np.zeros(matrix.shape[0])
    for i, equation in enumerate(written):
        matrix[i, column[equation.total]] = 1
        for part in equation.parts:
            matrix[i, column[part]] = -1
        row_upper[i] = 0 if equation.exact else np.inf
    for i, share in enumerate(shares, start=len(written)):
        matrix[i, column[(share, "denominator")]] = 1
        matrix[i, column[(share, "numerator")]] = -1
        row_upper[i] = np.inf
    bounds = np.array([_bounds(rows[index], name, release) for index, name in column])
    return System(column, matrix, row_upper, bounds)


def _bounds(row: Estimate, name: str, release: Release) -> tuple[float, float]:
    value = getattr(row, name)
    if value is not None:
        return shown_range(value, release)
    if row.status == "suppressed" and row.kind in ("count", "rate") and release.allow_zero:
        return 1.0, np.inf
    return 0.0, np.inf
