"""Compiled passes over rows for the subdistribution hazard model; serial, in row order.

``share`` is ``1 / g(T)`` for the rows kept after a competing event and 0 for the others.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from analysis.survival.risk_set_kernels import F1, F2, I1, compiled
from analysis.survival.row_kernels import add, linear

_SIGNATURE_RESIDUALS = (
    "f8[:, ::1](f8[:, ::1], f8[::1], f8[::1], i8[:, ::1], f8[::1], f8[:, ::1], f8[:, ::1])"
)
_SIGNATURE_FOLLOW = "void(i8[:, ::1], f8[:, ::1], f8[:, ::1], f8[::1], f8[:, ::1])"


@compiled(f"void({F2}, {F1}, {F1}, {I1}, {F1}, i8, i8, {F1}, {F2})")
def kept_tables(rows, beta, weights, last, share, begin, end, risk, table):  # noqa: PLR0913
    """``r = w exp(xᵀβ)``, and ``Σ r (1, x) / g(T)`` added to the first event time after T.

    ``rows`` and ``beta`` are padded; the table has one row more than there are times.
    """
    for i in range(np.uint64(begin), np.uint64(end)):
        risk[i] = weights[i] * np.exp(linear(rows, i, beta))
        if share[i] > 0:
            add(rows, i, risk[i] * share[i], table, np.uint64(last[i]))


@njit(_SIGNATURE_RESIDUALS, cache=True)
def expected_residuals(rows, risk, multiplier, span, share, upto, to_come):
    """Rows × p: ``r (Σ m dΛ − x A)``, from sums of ``m dΛ`` before each event time (``upto``)
    and of ``g m dΛ`` from each on (``to_come``); ``span`` is ``first, last``; ``rows`` are
    padded.
    """
    n, p = rows.shape[0], upto.shape[1]
    out = np.empty((n, p))
    for i in range(n):
        a, b = span[0, i], span[1, i]
        for j in range(p):
            drift = upto[b, j] - upto[a, j] + share[i] * to_come[b, j]
            out[i, j] = risk[i] * (drift - rows[i, j + 1] * multiplier[i])
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
