"""Compiled passes over the rows of a Cox model: risk scores, their sums, the information.

Rows are padded: a one, the covariates, then zeros up to a multiple of four. Four columns go
through one instruction, and the sums of scores are the first column of those of scores times x.
Sums are taken in the order written, with fused multiply-adds (one rounding, the same on every
machine); the compiler may only put neighbouring columns side by side.

Kernels take arrays, not objects; some therefore take many.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import types
from numba.extending import intrinsic, register_jitable

from analysis.survival.risk_set_kernels import F1, F2, F3, I1, I2, compiled, parts, spread

WIDE = 4
TOGETHER = np.uint64(64)  # rows of a product that stay in the first cache
ZERO, ONE, TWO, THREE, FOUR = (np.uint64(j) for j in range(5))  # unsigned: never from the end


def width(n_columns: int) -> int:
    """Of a padded row."""
    return (n_columns + WIDE) // WIDE * WIDE


def _fma(_context, a, b, c):
    """``a b + c``, rounded once."""

    def code(_target, builder, _signature, values):
        return builder.fma(*values)

    return types.float64(a, b, c), code


fma: Any = intrinsic(_fma)


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
        a = fma(r, rows[i, j], table[k, j])
        b = fma(r, rows[i, j + ONE], table[k, j + ONE])
        c = fma(r, rows[i, j + TWO], table[k, j + TWO])
        d = fma(r, rows[i, j + THREE], table[k, j + THREE])
        table[k, j], table[k, j + ONE] = a, b
        table[k, j + TWO], table[k, j + THREE] = c, d


@register_jitable(inline="always")
def two_sum(high, value):
    """Rounded ``high + value``, and what the rounding took (Knuth 1969, 4.2.2)."""
    total = high + value
    back = total - high
    return total, (high - (total - back)) + (value - back)


@register_jitable(inline="always")
def add_exactly(rows, i, r, cells, k):
    """:func:`add` to a cell of two doubles a column."""
    for j in range(ZERO, np.uint64(rows.shape[1]), FOUR):
        a, a_low = two_sum(cells[k, ZERO, j], r * rows[i, j])
        b, b_low = two_sum(cells[k, ZERO, j + ONE], r * rows[i, j + ONE])
        c, c_low = two_sum(cells[k, ZERO, j + TWO], r * rows[i, j + TWO])
        d, d_low = two_sum(cells[k, ZERO, j + THREE], r * rows[i, j + THREE])
        a_low += cells[k, ONE, j]
        b_low += cells[k, ONE, j + ONE]
        c_low += cells[k, ONE, j + TWO]
        d_low += cells[k, ONE, j + THREE]
        cells[k, ZERO, j], cells[k, ZERO, j + ONE] = a, b
        cells[k, ZERO, j + TWO], cells[k, ZERO, j + THREE] = c, d
        cells[k, ONE, j], cells[k, ONE, j + ONE] = a_low, b_low
        cells[k, ONE, j + TWO], cells[k, ONE, j + THREE] = c_low, d_low


@compiled(f"void({F2}, {F2}, {I1}, {I1}, {F2}, i8, i8, {F2}, {F2})")
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


@compiled(f"void({F2}, {F1}, {I2}, i8, i8, i8, i8, {F3})")
def enter_and_leave(rows, risk, ends, begin, end, low, high, cells):
    """Cells ``low..high``: what enters less what has left, of rows ``begin..end``.

    The rows are those of the strata whose event times these are; who is at risk to the last of
    them never leaves.
    """
    cells[low:high] = 0.0
    for i in range(np.uint64(begin), np.uint64(end)):
        add_exactly(rows, i, risk[i], cells, np.uint64(ends[0, i]))
        after = ends[1, i] + 1
        if after < high:
            add_exactly(rows, i, -risk[i], cells, np.uint64(after))


@compiled(f"void({F3}, i8, i8, {F2})")
def run(cells, low, high, out):
    """Running totals of cells ``low..high``, both halves together."""
    width = out.shape[1]
    kept, lost = np.zeros(width), np.zeros(width)
    for k in range(np.uint64(low), np.uint64(high)):
        for j in range(np.uint64(width)):
            kept[j], less = two_sum(kept[j], cells[k, 0, j])
            lost[j] += less + cells[k, 1, j]
            out[k, j] = kept[j] + lost[j]


@register_jitable(inline="always")
def square(rows, share, first, last, j, k, out):
    """Four by four columns of ``Σ share x xᵀ``, kept in registers."""
    a0, a1, a2, a3 = 0.0, 0.0, 0.0, 0.0
    b0, b1, b2, b3 = 0.0, 0.0, 0.0, 0.0
    c0, c1, c2, c3 = 0.0, 0.0, 0.0, 0.0
    d0, d1, d2, d3 = 0.0, 0.0, 0.0, 0.0
    for i in range(first, last):
        s = share[i - first]
        x0, x1 = s * rows[i, k], s * rows[i, k + ONE]
        x2, x3 = s * rows[i, k + TWO], s * rows[i, k + THREE]
        y = rows[i, j]
        a0, a1, a2, a3 = fma(y, x0, a0), fma(y, x1, a1), fma(y, x2, a2), fma(y, x3, a3)
        y = rows[i, j + ONE]
        b0, b1, b2, b3 = fma(y, x0, b0), fma(y, x1, b1), fma(y, x2, b2), fma(y, x3, b3)
        y = rows[i, j + TWO]
        c0, c1, c2, c3 = fma(y, x0, c0), fma(y, x1, c1), fma(y, x2, c2), fma(y, x3, c3)
        y = rows[i, j + THREE]
        d0, d1, d2, d3 = fma(y, x0, d0), fma(y, x1, d1), fma(y, x2, d2), fma(y, x3, d3)
    add_four(out, j, k, a0, a1, a2, a3)
    add_four(out, j + ONE, k, b0, b1, b2, b3)
    add_four(out, j + TWO, k, c0, c1, c2, c3)
    add_four(out, j + THREE, k, d0, d1, d2, d3)


@register_jitable(inline="always")
def add_four(out, row, k, a, b, c, d):
    out[row, k] += a
    out[row, k + ONE] += b
    out[row, k + TWO] += c
    out[row, k + THREE] += d


@compiled(f"void({F2}, {F1}, u8, u8, {F2})")
def add_products(rows, share, first, last, out):
    """Add ``Σ share x xᵀ`` over rows ``first..last`` to the blocks of ``out`` below its diagonal.

    ``share`` begins with that of row ``first``; the rows are few enough for the first cache.
    """
    for j in range(ZERO, np.uint64(rows.shape[1]), FOUR):
        for k in range(ZERO, j + ONE, FOUR):
            square(rows, share, first, last, j, k, out)


@compiled(f"void({F2}, {F1}, {F1}, i8, i8, {F2})")
def cross_product(rows, risk, hazard, begin, end, out):
    """Add ``Σ risk hazard x xᵀ`` over rows ``begin..end`` to ``out``, blocks below the diagonal."""
    share = np.empty(TOGETHER)
    first, stop = np.uint64(begin), np.uint64(end)
    while first < stop:
        last = min(first + TOGETHER, stop)
        for i in range(first, last):
            share[i - first] = risk[i] * hazard[i]
        add_products(rows, share, first, last, out)
        first = last


@compiled(f"void({F2}, {F1}, {I1}, i8, i8, {F2})")
def event_sums(rows, risk, starts, low, high, out):
    """Add ``Σ risk x`` over the rows ``starts[k]..starts[k + 1]`` of each time to ``out``."""
    for k in range(np.uint64(low), np.uint64(high)):
        for e in range(np.uint64(starts[k]), np.uint64(starts[k + ONE])):
            add(rows, e, risk[e], out, k)


@compiled(f"void({F2}, {F2}, {I1}, {F1}, i8, i8, {F2}, {F1}, {F2})")
def likelihood(total, tied, n_steps, weight, low, high, by_time, sums, of_means):  # noqa: PLR0913
    """Efron's steps at event times ``low..high``; ``n_steps`` is 1 where ties are Breslow's.

    With D the sums of the events tied (``tied``) and A those of the others, step j of d has sums
    ``A + g D``, ``g = 1 - j/d``. Writes by time the sum of hazards h = w/S0 and of ``(1 - g) h``;
    adds ``Σ w log S0`` and ``Σ w m`` to ``sums``, ``Σ w m mᵀ`` to ``of_means``. The last is
    ``a A Aᵀ + b (A Dᵀ + D Aᵀ) + c D Dᵀ`` at each time, with positive a, b, c: two squares
    however many events are tied.
    """
    width = np.uint64(total.shape[1])
    factor, share, used = np.empty((TOGETHER, width)), np.empty(TOGETHER), ZERO
    for k in range(np.uint64(low), np.uint64(high)):
        n, w, s0 = n_steps[k], weight[k], total[k, 0]
        d0 = tied[k, 0] if n > 1 else 0.0
        h, taken, a, b, c = 0.0, 0.0, 0.0, 0.0, 0.0
        for step in range(n):
            g = (n - step) / n
            risk = (s0 - d0) + g * d0 if step > 0 else s0
            each = 1.0 / risk
            h += w * each
            taken += (1.0 - g) * (w * each)
            a += w * each * each
            b += g * (w * each * each)
            c += g * g * (w * each * each)
            sums[0] += w * np.log(risk)
        by_time[k, 0], by_time[k, 1] = h, taken
        if used + TWO > TOGETHER:
            add_products(factor, share, ZERO, used, of_means)
            used = ZERO
        if n == 1:
            share[used] = a
            for j in range(width):
                factor[used, j] = total[k, j]
                if j > 0:
                    sums[j] += h * total[k, j]
            used += ONE
            continue
        mix = b / a
        share[used], share[used + ONE] = a, max(c - mix * b, 0.0)
        for j in range(width):
            own = tied[k, j]
            others = total[k, j] - own
            factor[used, j], factor[used + ONE, j] = others + mix * own, own
            if j > 0:
                sums[j] += h * others + (h - taken) * own
        used += TWO
    add_products(factor, share, ZERO, used, of_means)
