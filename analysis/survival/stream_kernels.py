"""Compiled passes over blocks of a file: rows as they lie, read once, nothing kept of them.

A table of every level (see :mod:`risk_set_kernels`) is at hand at once, so rows need not be put
in order of level, and the tables are summed outwards once a pass, not once a block.

Kernels take arrays, not objects; some therefore take many.
"""

from __future__ import annotations

import numpy as np
from numba.extending import register_jitable

from analysis.survival.product_kernels import TOGETHER, add_products
from analysis.survival.risk_set_kernels import F1, F2, F3, I1, I2, compiled
from analysis.survival.row_kernels import add, linear
from analysis.survival.side_by_side import ONE, ZERO


@register_jitable(inline="always")
def level_of(first, last):
    rest, level = first ^ last, 0
    while rest > 0:
        rest >>= 1
        level += 1
    return level


@register_jitable(inline="always")
def fetch(X, i, centre, rows, at):
    """Row ``i`` less the centre, after a one; the zeros behind it stay."""
    rows[at, ZERO] = 1.0
    for j in range(np.uint64(X.shape[1])):
        rows[at, j + ONE] = X[i, j] - centre[j]


@compiled(f"void({F2}, i8, i8, {F1})")
def greatest(X, begin, end, out):
    """Raise ``out`` to the greatest ``|x|`` of each column."""
    for i in range(begin, end):
        for j in range(len(out)):
            out[j] = max(out[j], abs(X[i, j]))


@compiled(f"void({F2}, {I2}, {I1}, {F1}, {F1}, i8, i8, {F2}, {F2}, {F2})")
def sums(X, ends, event, centre, beta, begin, end, tables, tied, of_events):  # noqa: PLR0913
    """Scores times padded rows at both ends of rows ``begin..end``, and at the events.

    ``tables`` are the levels one after another, ``of_events`` is one padded row: Σ x.
    """
    n_times, stop, first = np.uint64(len(tied)), np.uint64(end), np.uint64(begin)
    rows, risk = np.zeros((TOGETHER, len(beta))), np.empty(TOGETHER)
    while first < stop:  # scores first: the additions then wait for memory side by side
        last = min(first + TOGETHER, stop)
        for i in range(first, last):
            fetch(X, i, centre, rows, i - first)
        for i in range(last - first):  # not at once: reading what is just written waits for it
            risk[i] = np.exp(linear(rows, i, beta))
        for i in range(first, last):
            a, b, at = ends[0, i], ends[1, i], i - first
            if a > b:
                continue
            level = level_of(a, b)
            table = np.uint64(level) * n_times
            add(rows, at, risk[at], tables, table + np.uint64(a))
            if level > 0:
                add(rows, at, risk[at], tables, table + np.uint64(b))
            if event[i] == 1:
                add(rows, at, risk[at], tied, np.uint64(b))
                add(rows, at, 1.0, of_events, ZERO)
        first = last


@compiled(f"void({F2}, {I2}, {I1}, {F1}, {F1}, {F3}, {F2}, i8, i8, {F2})")
def products(X, ends, event, centre, beta, tables, tied, begin, end, out):  # noqa: PLR0913
    """Add ``Σ r A x xᵀ`` over rows ``begin..end``, padded, to blocks of ``out`` below the diagonal.

    ``tables`` are the hazards by time summed outwards (levels × times × 1), ``tied`` what is
    taken from the events at their own time.
    """
    rows, share, used = np.zeros((TOGETHER, len(beta))), np.empty(TOGETHER), ZERO
    for i in range(np.uint64(begin), np.uint64(end)):
        a, b = ends[0, i], ends[1, i]
        if a > b:
            continue
        level = level_of(a, b)
        hazard = tables[level, a, 0]
        if level > 0:
            hazard += tables[level, b, 0]
        if event[i] == 1:
            hazard -= tied[b, 0]
        fetch(X, i, centre, rows, used)
        share[used] = np.exp(linear(rows, used, beta)) * hazard
        used += ONE
        if used == TOGETHER:
            add_products(rows, share, ZERO, used, out)
            used = ZERO
    add_products(rows, share, ZERO, used, out)
