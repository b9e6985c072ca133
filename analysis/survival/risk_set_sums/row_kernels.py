"""Compiled passes over the rows of a Cox model: risk scores and their sums.

Rows are padded: a one, the covariates, then zeros up to a multiple of four, so the sums of scores
are the first column of those of scores times x. Sums are taken in the order written; the compiler
may only put neighbouring columns side by side.

Kernels take arrays, not objects; some therefore take many.
"""

from __future__ import annotations

import numpy as np
from numba.extending import register_jitable

from ..numerics.compiled import F1, F2, I1, I2, READ2, compiled
from ..numerics.padded_columns import (
    FOUR,
    ONE,
    THREE,
    TWO,
    ZERO,
    fma,
    four,
    plus_four,
    put_four,
)
from .risk_set_kernels import parts, spread

WIDE = 4


def width(n_columns: int) -> int:
    """Of a padded row."""
    return (n_columns + WIDE) // WIDE * WIDE


@register_jitable(inline="always")
def linear(rows, i, beta):
    """``xᵀβ`` of row ``i``; ``beta`` is padded as the rows are."""
    a, b, c, d = 0.0, 0.0, 0.0, 0.0
    for j in range(ZERO, np.uint64(rows.shape[1]), FOUR):
        a = fma(rows[i, j], beta[j], a)
        b = fma(rows[i, j + ONE], beta[j + ONE], b)
        c = fma(rows[i, j + TWO], beta[j + TWO], c)
        d = fma(rows[i, j + THREE], beta[j + THREE], d)
    return (a + b) + (c + d)


@register_jitable(inline="always")
def add(rows, i, r, table, k):
    """Add ``r`` times row ``i`` to cell ``k``."""
    for j in range(ZERO, np.uint64(rows.shape[1]), FOUR):
        put_four(table, k, j, plus_four(four(table, k, j), r, four(rows, i, j)))


@compiled(f"void({READ2}, {F2}, {I1}, {I1}, {F2}, i8, i8, {F2}, {F2})")
def gather(X, base, order, stratum, centre, begin, end, rows, kept_base):  # noqa: PLR0913
    """Padded rows ``order[begin:end]`` less the ``centre`` of their stratum.

    ``base`` is offset over weight; the last column of ``centre`` is the offset's.
    """
    p, width = np.uint64(X.shape[1]), np.uint64(rows.shape[1])
    for row in range(np.uint64(begin), np.uint64(end)):
        i = np.uint64(order[row])
        s = np.uint64(stratum[i])
        kept_base[0, row] = base[0, i] - centre[s, p]
        kept_base[1, row] = base[1, i]
        rows[row, 0] = 1.0
        for j in range(p):
            rows[row, j + ONE] = X[i, j] - centre[s, j]
        for j in range(p + ONE, width):
            rows[row, j] = 0.0


@compiled(f"void({F2}, {F2}, {F1}, {I2}, {I2}, i8, {F2}, {F1}, {F2})")
def sums_by_level(rows, base, beta, ends, runs, origin, work, risk, out):  # noqa: PLR0913
    """``risk = w exp(xᵀβ + offset)``, and its risk-set sums added to ``out``.

    ``base`` is offset over weight; ``out`` begins with event time ``origin``; ``work`` is room for
    the event times of a stratum.
    """
    for run in range(len(runs)):
        level, begin, end, low, high = parts(runs, run)
        work[: high - low] = 0.0
        for i in range(np.uint64(begin), np.uint64(end)):
            r = base[0, i] + linear(rows, i, beta)
            r = base[1, i] * np.exp(r)
            risk[i] = r
            add(rows, i, r, work, np.uint64(ends[0, i] - low))
            if level > 0:
                add(rows, i, r, work, np.uint64(ends[1, i] - low))
        spread(work, level, high - low, low - origin, out)


@compiled(f"void({F2}, {F2}, {F1}, i8, i8, {F1})")
def risk_scores(rows, base, beta, begin, end, risk):
    """``risk = w exp(xᵀβ + offset)`` of rows ``begin..end``."""
    for i in range(np.uint64(begin), np.uint64(end)):
        risk[i] = base[1, i] * np.exp(base[0, i] + linear(rows, i, beta))


@compiled(f"void({F2}, {F1}, {I2}, {I2}, i8, {F2}, {F2})")
def risk_set_sums(rows, risk, ends, runs, origin, work, out):
    """:func:`sums_by_level` where the ``risk`` of each row is known."""
    for run in range(len(runs)):
        level, begin, end, low, high = parts(runs, run)
        work[: high - low] = 0.0
        for i in range(np.uint64(begin), np.uint64(end)):
            add(rows, i, risk[i], work, np.uint64(ends[0, i] - low))
            if level > 0:
                add(rows, i, risk[i], work, np.uint64(ends[1, i] - low))
        spread(work, level, high - low, low - origin, out)
