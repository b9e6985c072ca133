"""Compiled passes over blocks of a file: rows as they lie, read once, nothing kept of them.

What enters and leaves by event time is carried in two doubles (see :mod:`running_sum_kernels`)
and summed over time once a pass: rows need no order, and one table stays in the second cache.

Kernels take arrays, not objects; some therefore take many.
"""

from __future__ import annotations

import numpy as np
from numba.extending import register_jitable

from ..numerics.padded_columns import ONE, ZERO
from ..risk_set_sums.product_kernels import TOGETHER, add_products
from ..risk_set_sums.risk_set_kernels import F1, F2, F3, I1, I2, READ2, compiled
from ..risk_set_sums.row_kernels import add, add_exactly, linear, two_sum
from ..risk_set_sums.running_sum_kernels import range_sum


@register_jitable(inline="always")
def fetch(X, i, centre, rows, at):
    """Row ``i`` less the centre, after a one; the zeros behind it stay."""
    rows[at, ZERO] = 1.0
    for j in range(np.uint64(X.shape[1])):
        rows[at, j + ONE] = X[i, j] - centre[j]


@compiled(f"void({READ2}, {I2}, {I1}, {F1}, {F1}, i8, i8, {F3}, {F2}, {F2})")
def sums(X, ends, event, centre, beta, begin, end, cells, tied, of_events):  # noqa: PLR0913
    """Scores times padded rows ``begin..end``: what enters less what has left, and the events'.

    ``cells`` are by event time and one more, ``of_events`` is one padded row: Σ x.
    """
    stop, first = np.uint64(end), np.uint64(begin)
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
            add_exactly(rows, at, risk[at], cells, np.uint64(a))
            add_exactly(rows, at, -risk[at], cells, np.uint64(b) + ONE)
            if event[i] == 1:
                add(rows, at, risk[at], tied, np.uint64(b))
                add(rows, at, 1.0, of_events, ZERO)
        first = last


@compiled(f"void({F3}, {F3})")
def join(cells, more):
    """Add ``more`` to ``cells``, both in two doubles."""
    for k in range(len(cells)):
        for j in range(cells.shape[2]):
            cells[k, 0, j], less = two_sum(cells[k, 0, j], more[k, 0, j])
            cells[k, 1, j] += less + more[k, 1, j]


@compiled(f"void({READ2}, {I2}, {I1}, {F1}, {F1}, {F3}, {F2}, i8, i8, {F2})")
def products(X, ends, event, centre, beta, cells, tied, begin, end, out):  # noqa: PLR0913
    """Add ``Σ r A x xᵀ`` over rows ``begin..end``, padded, to the squares of ``out``.

    ``cells`` are running totals of the hazards by time, ``tied`` what is taken from the events at
    their own time.
    """
    rows, share, used = np.zeros((TOGETHER, len(beta))), np.empty(TOGETHER), ZERO
    for i in range(np.uint64(begin), np.uint64(end)):
        a, b = ends[0, i], ends[1, i]
        if a > b:
            continue
        hazard = range_sum(cells, a, b, 0)
        if event[i] == 1:
            hazard -= tied[b, 0]
        fetch(X, i, centre, rows, used)
        share[used] = np.exp(linear(rows, used, beta)) * hazard
        used += ONE
        if used == TOGETHER:
            add_products(rows, share, ZERO, used, out)
            used = ZERO
    add_products(rows, share, ZERO, used, out)
