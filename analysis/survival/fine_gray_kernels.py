"""Compiled passes over rows for the subdistribution hazard model; serial, in row order."""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(
    "void(f8[:, ::1], f8[::1], i8[::1], i8[::1], f8[:, ::1], f8[:, ::1])",
    cache=True,
)
def risk_tables(X, r, first, last, coming, going):
    """Add ``r`` (column 0) and ``r x`` of every row to tables (event times + 1).

    ``coming`` at ``first`` and ``going`` at ``last`` for the rows at risk at some event time.
    """
    n, p = X.shape
    for i in range(n):
        a, b, w = first[i], last[i], r[i]
        if a < b:
            coming[a, 0] += w
            going[b, 0] += w
            for j in range(p):
                v = w * X[i, j]
                coming[a, j + 1] += v
                going[b, j + 1] += v


@njit("void(f8[:, ::1], f8[::1], i8[::1], i8[::1], f8[:, ::1])", cache=True)
def kept_tables(X, r, rows, last, kept):
    """Add ``r`` and ``r x`` of ``rows``, who had a competing event, to ``kept`` at ``last``."""
    p = X.shape[1]
    for m in range(rows.shape[0]):
        i = rows[m]
        w = r[m]
        kept[last[i], 0] += w
        for j in range(p):
            kept[last[i], j + 1] += w * X[i, j]


@njit("f8[:, ::1](f8[:, ::1], f8[::1])", cache=True)
def cross_product(X, w):
    """``Σ w x xᵀ``."""
    n, p = X.shape
    out = np.zeros((p, p))
    for i in range(n):
        for j in range(p):
            v = w[i] * X[i, j]
            for k in range(j + 1):
                out[j, k] += v * X[i, k]
    for j in range(p):
        for k in range(j):
            out[k, j] = out[j, k]
    return out
