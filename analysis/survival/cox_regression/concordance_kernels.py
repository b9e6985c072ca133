"""Compiled counts of concordant pairs under late entry, with two Fenwick trees over the scores."""

from __future__ import annotations

import numpy as np

from ..risk_set_sums.risk_set_kernels import F1, F2, I1, I2, compiled


@compiled(f"void({F1}, i8, f8)")
def add(tree, rank, w):
    """Add ``w`` at ``rank`` (from 1)."""
    while rank < len(tree):
        tree[rank] += w
        rank += rank & -rank


@compiled(f"f8({F1}, i8)")
def up_to(tree, rank):
    """Sum over ranks 1..rank."""
    total = 0.0
    while rank > 0:
        total += tree[rank]
        rank -= rank & -rank
    return total


@compiled(f"void({F1}, {I1}, i8, f8, {F2})")
def exposed_to(events, rank, row, sign, pairs):
    """Count the events so far as the row's partners: above its score, below, equal."""
    below = up_to(events, rank[row] - 1)
    not_above = up_to(events, rank[row])
    pairs[row, 0] += sign * (events[0] - not_above)
    pairs[row, 1] += sign * below
    pairs[row, 2] += sign * (not_above - below)


@compiled(f"void({F2}, {I1}, {I1}, {F1}, {I2}, {F2}, {F1})")
def count_pairs(interval, event, rank, weight, walk, pairs, tied):
    """Walk event times backwards, keeping who is at risk (``people``) and past events.

    ``interval`` is starts over stops. ``walk[1]`` has late stops first, at one time the censored
    before the events, and events by rank; ``walk[0]`` has late entries first. ``pairs[i]``
    becomes the weight of row i's concordant, discordant and tied partners; ``tied`` the pairs
    tied in time, and in both.
    Element 0 of a tree, which it does not use, holds its total.
    """
    start, stop = interval[0], interval[1]
    by_start, by_stop = walk[0], walk[1]
    n = len(stop)
    width = rank.max() + 1
    people, events = np.zeros(width), np.zeros(width)
    entering = leaving = 0
    while leaving < n:
        row = by_stop[leaving]
        if event[row] == 0:
            add(people, rank[row], weight[row])
            people[0] += weight[row]
            exposed_to(events, rank, row, -1.0, pairs)
            leaving += 1
            continue
        t = stop[row]
        while entering < n and start[by_start[entering]] >= t:
            gone = by_start[entering]
            add(people, rank[gone], -weight[gone])
            people[0] -= weight[gone]
            exposed_to(events, rank, gone, 1.0, pairs)
            entering += 1
        first = leaving
        while leaving < n and stop[by_stop[leaving]] == t:
            leaving += 1
        total = square = run = run_square = 0.0
        for e in range(first, leaving):
            row = by_stop[e]
            w = weight[row]
            below = up_to(people, rank[row] - 1)
            not_above = up_to(people, rank[row])
            pairs[row, 0] += below
            pairs[row, 1] += people[0] - not_above
            pairs[row, 2] += not_above - below
            total += w
            square += w * w
            if e > first and rank[by_stop[e - 1]] != rank[row]:
                tied[1] += (run * run - run_square) / 2
                run = run_square = 0.0
            run += w
            run_square += w * w
        both = (run * run - run_square) / 2
        tied[1] += both
        tied[0] += (total * total - square) / 2
        for e in range(first, leaving):
            row = by_stop[e]
            add(events, rank[row], weight[row])
            events[0] += weight[row]
        for e in range(first, leaving):
            row = by_stop[e]
            exposed_to(events, rank, row, -1.0, pairs)
            add(people, rank[row], weight[row])
            people[0] += weight[row]
    while entering < n:
        exposed_to(events, rank, by_start[entering], 1.0, pairs)
        entering += 1
