"""The range that everything shown leaves to each hidden small count, by integer programming.

The auditor knows every shown count exactly. Readers know them rounded, which only widens a range:
what is safe here is safe after rounding.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import lil_array

from analysis.disclose.counts import Name

if TYPE_CHECKING:
    from analysis.disclose.complementary import Hiding


def exposed_counts(hiding: Hiding) -> list[Name]:
    """Hidden small counts (or complements) whose range is narrower than the policy's width."""
    exposed = []
    for name in sorted(hiding.guarded, key=repr):
        small = hiding.policy.is_small(hiding.ledger.value[name])
        if small and hiding.is_hidden(name) and _is_exposed(hiding, name):
            exposed.append(name)
    return exposed


def _is_exposed(hiding: Hiding, name: Name) -> bool:
    relations = list(hiding.neighbours(name))
    if not relations:
        return False
    names = list(dict.fromkeys(n for r in relations for n in (r.total, *r.parts)))
    column = {n: j for j, n in enumerate(names)}
    size = len(names) + len(relations)
    equations = lil_array((len(relations), size))
    lower, upper = np.zeros(size), np.full(size, np.inf)
    for i, relation in enumerate(relations):
        equations[i, column[relation.total]] = 1
        for part in relation.parts:
            equations[i, column[part]] = -1
        equations[i, len(names) + i] = -1
        upper[len(names) + i] = 0 if relation.rest == 0 else np.inf
    for n, j in column.items():
        value = hiding.ledger.value[n]
        if hiding.is_hidden(n):
            lower[j] = 1 if value > 0 and hiding.policy.allow_zero else 0
        else:
            lower[j] = upper[j] = value
    least, most = (
        _extreme(column[name], sign, equations, lower, upper, hiding.ledger.value[name])
        for sign in (1, -1)
    )
    return most - least < hiding.policy.width


def _extreme(
    j: int, sign: int, equations: lil_array, lower: np.ndarray, upper: np.ndarray, truth: float
) -> float:
    """The least (``sign`` 1) or greatest (-1) value of variable ``j``."""
    objective = np.zeros(len(lower))
    objective[j] = sign
    zero = np.zeros(equations.shape[0])
    found = milp(
        objective,
        integrality=np.ones(len(lower)),
        bounds=Bounds(lower, upper),
        constraints=LinearConstraint(equations.tocsr(), zero, zero),
    )
    if found.status == 0:
        return float(found.x[j])
    return np.inf if found.status in (3, 4) and sign < 0 else truth
