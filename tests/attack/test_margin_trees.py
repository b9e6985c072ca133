"""Generated registries: no small count that is hidden can be worked out from what is shown.

Two attackers. Ours, which knows the rows only; and a referee that knows which cells of the full
cross table every row adds up, and solves for them.
"""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from margin_trees import KINDS, registries
from scipy.optimize import Bounds, LinearConstraint, milp

from analysis.disclose import Policy, disclosed
from analysis.publish.attack import recovered, shown_range
from analysis.study import Release


def policies():
    for holder, least, rounding in (("usrds", 11, 1), ("opensafely", 8, 5), ("usrds", 5, 1)):
        yield (
            Policy(holder, least, True, rounding, 0, 6),
            Release(holder=holder, min_count=least, rounding=rounding),
        )


def referee(made, released, release, target):
    """The range of the size of a set of cells, given every shown count within its rounding."""
    equations, low, high = [], [], []
    for cells, row in zip(made.cells, released, strict=True):
        for name in ("numerator", "denominator"):
            value = getattr(row, name)
            if value is not None and name in cells:
                equations.append([cell in cells[name] for cell in KINDS])
                bounds = shown_range(value, release)
                low.append(bounds[0])
                high.append(bounds[1])
    constraints = LinearConstraint(np.array(equations, float), low, high) if equations else ()
    ends = []
    for sign in (1, -1):
        objective = sign * np.array([cell in target for cell in KINDS], float)
        found = milp(
            objective,
            integrality=np.ones(len(KINDS)),
            bounds=Bounds(0, 10_000),
            constraints=constraints,
        )
        assert found.status == 0, "what is released contradicts itself"
        ends.append(sign * found.fun)
    return ends


@given(registries())
@settings(max_examples=25, deadline=None, derandomize=True)
def test_our_attack_recovers_nothing(made) -> None:
    for policy, release in policies():
        released = disclosed(made.rows, policy, "definite+probable")
        assert recovered(released, release) == []


@given(registries())
@settings(max_examples=10, deadline=None, derandomize=True)
def test_a_referee_who_knows_the_cross_table_pins_nothing_down(made) -> None:
    for policy, release in policies():
        released = disclosed(made.rows, policy, "definite+probable")[: len(made.rows)]
        for cells, row in zip(made.cells, released, strict=True):
            for target in cells.values():
                size = sum(made.counts[cell] for cell in target)
                if 0 < size < policy.min_count:
                    assert row.status == "suppressed"
                    least, most = referee(made, released, release, target)
                    assert most - least >= 1, f"{row.id}: {size} is the only number left"


@given(registries())
@settings(max_examples=25, deadline=None, derandomize=True)
def test_no_small_count_is_shown_and_the_rest_is_within_its_rounding(made) -> None:
    for policy, release in policies():
        for before, row in zip(made.rows, disclosed(made.rows, policy), strict=False):
            for name in ("numerator", "denominator"):
                value = getattr(row, name)
                if value is not None:
                    assert value == 0 or value >= policy.min_count
                    least, most = shown_range(value, release)
                    assert least <= getattr(before, name) <= most


@given(registries())
@settings(max_examples=10, deadline=None, derandomize=True)
def test_without_complementary_suppression_the_attack_succeeds(made) -> None:
    """The attack is not blind: hide only the small cells, and it finds one where one is alone."""
    policy, release = next(policies())
    released = disclosed(made.rows, policy)
    naive = [
        row if _is_small(before, policy) else before
        for before, row in zip(made.rows, released, strict=False)
    ]
    alone = any(
        [r.level for r in naive if r.sums_to == margin and r.term == term and not r.numerator]
        == [level]
        for margin, term, level in {
            (r.sums_to, r.term, r.level) for r in naive if r.status == "suppressed" and r.sums_to
        }
        if next(r for r in naive if r.id == margin).numerator
    )
    assert not alone or recovered(naive, release)


def _is_small(row, policy):
    counts = [row.numerator, row.denominator]
    if row.denominator is not None:
        counts.append(row.denominator - row.numerator)
    return any(policy.is_small(count) for count in counts)
