"""Compiled walk over event times that ranks each event's entry among those at risk."""

from __future__ import annotations

import numpy as np

from ..arguments import Floats, Ints
from ..numerics.compiled import compiled


@compiled("void(i8[::1], i8, i8)")
def _add(tree: Ints, place: int, change: int) -> None:
    i = place + 1
    while i < tree.shape[0]:
        tree[i] += change
        i += i & -i


@compiled("i8(i8[::1], i8)")
def _below(tree: Ints, place: int) -> int:
    total = 0
    i = place
    while i > 0:
        total += int(tree[i])
        i -= i & -i
    return total


@compiled("f8[::1](i8[::1], i8, i8[::1], i8[::1], i8[::1], i8[::1], i8[::1])")
def concordance_of_entry(
    rank: Ints,
    n_ranks: int,
    by_start: Ints,
    by_stop: Ints,
    enter_until: Ints,
    leave_until: Ints,
    event_rows: Ints,
) -> Floats:
    """Score, its variance without dependence, comparable pairs (a pair counts once).

    ``rank`` (n,): rank of each row's entry. ``by_start``, ``by_stop`` (n,): rows in the order of
    entry and of exit. For event time k, ``by_start[:enter_until[k]]`` have entered before it and
    ``by_stop[:leave_until[k]]`` left before it; the events are the next rows of ``event_rows``,
    which ends each time with −1.
    """
    tree = np.zeros(n_ranks + 1, dtype=np.int64)
    size = np.zeros(n_ranks, dtype=np.int64)
    n_risk, cubes = 0, 0.0
    score, variance, pairs = 0.0, 0.0, 0.0
    entered, left, e = 0, 0, 0
    for k in range(enter_until.shape[0]):
        while entered < enter_until[k]:
            r = rank[by_start[entered]]
            cubes += 3.0 * size[r] * size[r] + 3.0 * size[r] + 1.0
            size[r] += 1
            _add(tree, r, 1)
            n_risk += 1
            entered += 1
        while left < leave_until[k]:
            r = rank[by_stop[left]]
            cubes -= 3.0 * size[r] * size[r] - 3.0 * size[r] + 1.0
            size[r] -= 1
            _add(tree, r, -1)
            n_risk -= 1
            left += 1
        first = e
        while event_rows[e] >= 0:
            r = rank[event_rows[e]]
            below = _below(tree, r)
            above = n_risk - below - size[r]
            score += above - below
            pairs += above + below
            e += 1
        d = e - first
        for i in range(first, e):
            for j in range(i + 1, e):
                if rank[event_rows[i]] != rank[event_rows[j]]:
                    pairs -= 2.0
        e += 1
        if n_risk > 1:
            spread = (float(n_risk) ** 3 - cubes) / 3.0
            variance += spread / n_risk * d * (n_risk - d) / (n_risk - 1.0)
    return np.array([score, variance, pairs])
