"""Compiled passes over rows for the subdistribution hazard model; serial, in row order.

``share`` is ``1 / g(T)`` for the rows kept after a competing event and 0 for the others.
"""

from __future__ import annotations

import numpy as np
from numba import njit

_SIGNATURE_KEPT = (
    "Tuple((f8[::1], f8[::1], f8[:, ::1]))(f8[:, ::1], f8[::1], f8[::1], i8[::1], f8[::1], i8)"
)
_SIGNATURE_RESIDUALS = (
    "f8[:, ::1](f8[:, ::1], f8[::1], f8[::1], i8[:, ::1], f8[::1], f8[:, ::1], f8[:, ::1])"
)
_SIGNATURE_FOLLOW = "void(i8[:, ::1], f8[:, ::1], f8[:, ::1], f8[::1], f8[:, ::1])"


@njit(_SIGNATURE_KEPT, cache=True)
def kept_tables(X, beta, weights, last, share, n_times):
    """Linear predictors, ``r = w exp(xᵀβ)``, and ``Σ r (1, x) / g(T)`` by first event time after T.

    The table has one row more than there are times.
    """
    n, p = X.shape
    eta, risk = np.empty(n), np.empty(n)
    table = np.zeros((n_times + 1, p + 1))
    for i in range(n):
        total = 0.0
        for j in range(p):
            total += X[i, j] * beta[j]
        eta[i] = total
        risk[i] = weights[i] * np.exp(total)
        if share[i] > 0:
            w, b = risk[i] * share[i], last[i]
            table[b, 0] += w
            for j in range(p):
                table[b, j + 1] += w * X[i, j]
    return eta, risk, table


@njit("Tuple((f8[::1], f8[:, ::1]))(f8[:, ::1], f8[::1])", cache=True)
def weighted_moments(X, w):
    """``Σ w x`` and ``Σ w x xᵀ``."""
    n, p = X.shape
    one, two = np.zeros(p), np.zeros((p, p))
    for i in range(n):
        for j in range(p):
            v = w[i] * X[i, j]
            one[j] += v
            for k in range(j + 1):
                two[j, k] += v * X[i, k]
    for j in range(p):
        for k in range(j):
            two[k, j] = two[j, k]
    return one, two


@njit(_SIGNATURE_RESIDUALS, cache=True)
def expected_residuals(X, risk, multiplier, span, share, upto, to_come):
    """Rows × p: ``r (Σ m dΛ − x A)``, from sums of ``m dΛ`` before each event time (``upto``)
    and of ``g m dΛ`` from each on (``to_come``); ``span`` is ``first, last``.
    """
    n, p = X.shape
    out = np.empty((n, p))
    for i in range(n):
        a, b = span[0, i], span[1, i]
        for j in range(p):
            drift = upto[b, j] - upto[a, j] + share[i] * to_come[b, j]
            out[i, j] = risk[i] * (drift - X[i, j] * multiplier[i])
    return out


@njit(_SIGNATURE_FOLLOW, cache=True)
def follow(span, pull, upto, scale, out):
    """Add ``scale · (pull[moved] − upto[last] + upto[first])`` to ``out``.

    ``span`` is ``first, last, moved``; −1 for rows that do not move.
    """
    n, p = out.shape
    for i in range(n):
        a, b, m = span[0, i], span[1, i], span[2, i]
        for j in range(p):
            change = upto[a, j] - upto[b, j]
            if m >= 0:
                change += pull[m, j]
            out[i, j] += scale[i] * change
