"""Compiled passes of the Cox likelihood: Efron's steps by event time, hazards and scores by row.

What a row has of the event times it is at risk at is a range sum: the transpose of a risk-set sum
(:mod:`risk_set_kernels`), from the same levels.

Kernels take arrays, not objects; some therefore take many.
"""

from __future__ import annotations

import numpy as np
from numba.extending import register_jitable

from ..numerics.compiled import F1, F2, I1, I2, compiled
from ..numerics.padded_columns import ONE, TWO, ZERO
from ..risk_set_sums.product_kernels import TOGETHER, add_products
from ..risk_set_sums.risk_set_kernels import gather_outwards, parts
from ..risk_set_sums.row_kernels import add


@compiled(f"void({F2}, {F1}, {I1}, i8, i8, {F2})")
def event_sums(rows, risk, starts, low, high, out):
    """Add ``Σ risk x`` over the rows ``starts[k]..starts[k + 1]`` of each time to ``out``."""
    for k in range(np.uint64(low), np.uint64(high)):
        for e in range(np.uint64(starts[k]), np.uint64(starts[k + ONE])):
            add(rows, e, risk[e], out, k)


@register_jitable(inline="always")
def hazards(n, w, s0, d0):
    """Of ``n`` steps with ``risk = s0 - d0 + g d0``, ``g = 1 - j/n``, and hazards ``h = w/risk``.

    ``Σ w log risk``, ``Σ h``, ``Σ (1 - g) h``, ``Σ h/risk``, ``Σ g h/risk``, ``Σ g² h/risk``.
    """
    logs, h, taken, a, b, c = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    for step in range(n):
        g = (n - step) / n
        risk = (s0 - d0) + g * d0 if step > 0 else s0
        each = 1.0 / risk
        logs += w * np.log(risk)
        h += w * each
        taken += (1.0 - g) * (w * each)
        a += w * each * each
        b += g * (w * each * each)
        c += g * g * (w * each * each)
    return logs, h, taken, a, b, c


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
        n = n_steps[k]
        d0 = tied[k, 0] if n > 1 else 0.0
        logs, h, taken, a, b, c = hazards(n, weight[k], total[k, 0], d0)
        sums[0] += logs
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


@register_jitable(inline="always")
def range_sum(table, tied, level, first, last, low, event, j):  # noqa: PLR0913
    """Column ``j`` summed over risk sets ``first..last``, less ``tied`` at an event's own time."""
    total = table[first - low, j]
    if level > 0:
        total += table[last - low, j]
    if event == 1:
        total -= tied[last, j]
    return total


@compiled(f"void({F2}, {F2}, {I2}, {I1}, {I2}, {F2}, {F2})")
def exposures(h, tied, ends, event, runs, work, out):
    """Range sums of ``h`` (times × columns) of every row of the runs.

    ``work`` has room for the event times of a stratum.
    """
    for run in range(len(runs)):
        level, begin, end, low, high = parts(runs, run)
        gather_outwards(h, level, low, high, work)
        for i in range(begin, end):
            for j in range(out.shape[1]):
                out[i, j] = range_sum(work, tied, level, ends[0, i], ends[1, i], low, event[i], j)


@compiled(f"void({F2}, {F1}, {I1}, {F2})")
def add_by_group(values, weight, group, out):
    """Add ``weight`` times each row to its group, in the order of the rows."""
    for i in range(len(group)):
        for j in range(values.shape[1]):
            out[group[i], j] += weight[i] * values[i, j]
