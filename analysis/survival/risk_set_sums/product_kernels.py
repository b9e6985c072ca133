"""Compiled ``Σ share x xᵀ`` over padded rows: squares of columns, each kept in registers.

Rows go by in pieces that stay in the first cache; a square runs down a piece and is then added to
the result, so sums are taken in one order. Squares on and below the diagonal only.

Kernels take arrays, not objects; some therefore take many.
"""

from __future__ import annotations

import numpy as np
from numba.extending import register_jitable

from ..numerics.compiled import F1, F2, compiled
from ..numerics.padded_columns import (
    EIGHT,
    FOUR,
    ONE,
    ZERO,
    eight,
    four,
    plus_eight,
    plus_four,
    times_eight,
    times_four,
)

TOGETHER = np.uint64(64)  # rows of a product that stay in the first cache


@register_jitable(inline="always")
def add_to(out, j, k, squares):
    """Add rows of a square to those of ``out`` from ``j`` on, at columns from ``k`` on."""
    for row in squares:
        for column in range(len(row)):
            out[j, k + np.uint64(column)] += row[column]
        j += ONE


@register_jitable(inline="always")
def square_of_four(rows, share, first, last, j, k, out):
    """Four by four columns."""
    a = b = c = d = (0.0, 0.0, 0.0, 0.0)
    for i in range(first, last):
        x, y = times_four(share[i - first], four(rows, i, k)), four(rows, i, j)
        a, b = plus_four(a, y[0], x), plus_four(b, y[1], x)
        c, d = plus_four(c, y[2], x), plus_four(d, y[3], x)
    add_to(out, j, k, (a, b, c, d))


@register_jitable(inline="always")
def square_of_eight(rows, share, first, last, j, k, out):
    """Eight by eight columns: half the reading of four by four."""
    a = b = c = d = e = f = g = h = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    for i in range(first, last):
        x, y = times_eight(share[i - first], eight(rows, i, k)), eight(rows, i, j)
        a, b = plus_eight(a, y[0], x), plus_eight(b, y[1], x)
        c, d = plus_eight(c, y[2], x), plus_eight(d, y[3], x)
        e, f = plus_eight(e, y[4], x), plus_eight(f, y[5], x)
        g, h = plus_eight(g, y[6], x), plus_eight(h, y[7], x)
    add_to(out, j, k, (a, b, c, d, e, f, g, h))


@compiled(f"void({F2}, {F1}, u8, u8, {F2})")
def add_products(rows, share, first, last, out):
    """Add ``Σ share x xᵀ`` over rows ``first..last`` to the squares of ``out``.

    ``share`` begins with that of row ``first``; the rows are few enough for the first cache.
    """
    width = np.uint64(rows.shape[1])
    if width % EIGHT == ZERO:
        for j in range(ZERO, width, EIGHT):
            for k in range(ZERO, j + ONE, EIGHT):
                square_of_eight(rows, share, first, last, j, k, out)
        return
    for j in range(ZERO, width, FOUR):
        for k in range(ZERO, j + ONE, FOUR):
            square_of_four(rows, share, first, last, j, k, out)


@compiled(f"void({F2}, {F1}, {F1}, i8, i8, {F2})")
def cross_product(rows, risk, hazard, begin, end, out):
    """Add ``Σ risk hazard x xᵀ`` over rows ``begin..end`` to the squares of ``out``."""
    share = np.empty(TOGETHER)
    first, stop = np.uint64(begin), np.uint64(end)
    while first < stop:
        last = min(first + TOGETHER, stop)
        for i in range(first, last):
            share[i - first] = risk[i] * hazard[i]
        add_products(rows, share, first, last, out)
        first = last
