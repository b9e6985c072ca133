"""Compiled passes for the gradient of Firth's penalty: one over the steps, one over the rows.

Both read what a row has of the steps it is at risk in as one padded row: A, ΔQ, zeros, beside the
row's own one, x, zeros (:mod:`row_kernels`).

Kernels take arrays, not objects; some therefore take many.
"""

from __future__ import annotations

import numpy as np
from numba.extending import register_jitable

from ..numerics.compiled import F1, F2, I1, I2, compiled
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
from ..risk_set_sums.risk_set_kernels import gather_outwards, parts

TOGETHER = np.uint64(32)  # rows that stay in the first cache; a multiple of four


@register_jitable(inline="always")
def times_four_columns(x, V, i, k, out):
    """Four rows by four columns of ``x V``, kept in registers."""
    a = b = c = d = (0.0, 0.0, 0.0, 0.0)
    for j in range(np.uint64(V.shape[0])):
        v = four(V, j, k)
        a, b = plus_four(a, x[i, j], v), plus_four(b, x[i + ONE, j], v)
        c, d = plus_four(c, x[i + TWO, j], v), plus_four(d, x[i + THREE, j], v)
    put_four(out, i, k, a)
    put_four(out, i + ONE, k, b)
    put_four(out, i + TWO, k, c)
    put_four(out, i + THREE, k, d)


@compiled(f"void({F2}, {F2}, {F1}, u8, {F2}, {F2}, {F1})")
def add_rows(x, d, risk, n, V, product, out):
    """Add ``Σ r (A q x - q ΔQ - 2 x (xᵀVΔQ))`` over the first ``n`` rows to ``out``.

    ``d`` holds A, ΔQ; V is padded as the rows are, and zero for the one. ``product`` is work space.
    """
    width = np.uint64(len(V))
    for i in range(ZERO, n, FOUR):
        for k in range(ZERO, width, FOUR):
            times_four_columns(x, V, i, k, product)
    for i in range(n):
        q, c = 0.0, 0.0
        for j in range(width):
            q = fma(x[i, j], product[i, j], q)
            c = fma(d[i, j], product[i, j], c)
        of_x, of_d = risk[i] * (d[i, ZERO] * q - 2.0 * c), -risk[i] * q
        for j in range(width):
            out[j] = fma(of_x, x[i, j], fma(of_d, d[i, j], out[j]))


@compiled(f"void({F2}, {F1}, {F2}, {F2}, {I2}, {I1}, {I2}, {F2}, {F2}, {F1})")
def rows(rows, risk, h, tied, ends, event, runs, V, work, out):  # noqa: PLR0913
    """Add the rows' share of the gradient to ``out``; ``h`` are h, h m by event time.

    ``tied`` is what is taken from the events at their own time; ``work`` has room for the event
    times of a stratum.
    """
    width = np.uint64(len(V))
    cache = np.zeros((3, TOGETHER, width))
    x, d, product = cache[0], cache[1], cache[2]
    for run in range(len(runs)):
        level, begin, end, low, high = parts(runs, run)
        gather_outwards(h, level, low, high, work)
        first, stop = np.uint64(begin), np.uint64(end)
        while first < stop:
            last = min(first + TOGETHER, stop)
            for i in range(first, last):
                at, a, b = i - first, np.uint64(ends[0, i] - low), np.uint64(ends[1, i] - low)
                for j in range(width):
                    x[at, j], d[at, j] = rows[i, j], work[a, j]
                if level > 0:
                    for j in range(width):
                        d[at, j] += work[b, j]
                if event[i] == 1:
                    for j in range(width):
                        d[at, j] -= tied[ends[1, i], j]
            add_rows(x, d, risk[first:last], last - first, V, product, out)
            first = last


@compiled(f"void({F2}, {F2}, {I1}, {F1}, {F2}, {F2}, {F2}, {F1})")
def steps(total, tied, n_steps, weight, V, of_time, taken, out):  # noqa: PLR0913
    """Add ``2 Σ w m (mᵀVm)`` over the likelihood's steps to ``out``.

    ``total``, ``tied``, ``n_steps`` and ``weight`` are as in :func:`likelihood_kernels.likelihood`.
    Writes by time the sums over its steps of h, h m (``of_time``) and of Efron's fraction times
    those (``taken``), both padded.
    """
    width = np.uint64(total.shape[1])
    mean, product = np.zeros((4, width)), np.empty((4, width))
    of_time[:], taken[:] = 0.0, 0.0
    for k in range(np.uint64(len(total))):
        n, w = n_steps[k], weight[k]
        for step in range(n):
            fraction = step / n
            each = 1.0 / (total[k, 0] - fraction * tied[k, 0])
            h = w * each
            for j in range(width):
                m = (total[k, j] - fraction * tied[k, j]) * each
                mean[0, j] = m
                of_time[k, j] += h * m
                taken[k, j] += fraction * (h * m)
            for j in range(ZERO, width, FOUR):
                times_four_columns(mean, V, ZERO, j, product)
            q = 0.0
            for j in range(width):
                q += mean[0, j] * product[0, j]
            for j in range(width):
                out[j] += 2.0 * w * q * mean[0, j]
