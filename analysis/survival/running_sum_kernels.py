"""Risk-set sums where there are many event times: one running total, carried in two doubles.

A sum over everyone at risk is what entered less what left. Each total is a pair ``high + low``:
``high`` is the rounded sum, ``low`` gathers what rounding took from it (Knuth 1969, 4.2.2;
Shewchuk 1997), so a risk set some 10^12 times smaller than the largest keeps its digits. The cost
is one cell an event time however many there are; :mod:`risk_set_kernels` takes one a level.
Strata follow one another: at the end of each everyone has left.

Kernels take arrays, not objects; some therefore take many.
"""

from __future__ import annotations

import numpy as np

from analysis.survival.risk_set_kernels import F1, F2, F3, I1, I2, compiled


@compiled(f"void({F2}, {F2}, {F1}, i8, i8, {F1})")
def risk_scores(X, base, beta, begin, end, risk):
    """``risk = w exp(X beta + offset)`` of rows ``begin..end``; ``base`` is offset over weight."""
    for i in range(begin, end):
        eta = base[0, i]
        for j in range(len(beta)):
            eta += X[i, j] * beta[j]
        risk[i] = base[1, i] * np.exp(eta)


@compiled(f"void({F2}, {F1}, {I1}, i8, f8, {F3})")
def scatter(V, r, place, shift, sign, cells):
    """Add ``sign r`` and ``sign r V`` of each row to cell ``place + shift``."""
    p = V.shape[1]
    for i in range(len(r)):
        cell = cells[place[i] + shift]
        score = sign * r[i]
        high = cell[0, 0]
        total = high + score
        back = total - high
        cell[0, 0] = total
        cell[1, 0] += (high - (total - back)) + (score - back)
        for j in range(p):
            value = score * V[i, j]
            high = cell[0, j + 1]
            total = high + value
            back = total - high
            cell[0, j + 1] = total
            cell[1, j + 1] += (high - (total - back)) + (value - back)


@compiled(f"void({F3}, {F2})")
def run(cells, out):
    """Running totals of the cells, both halves together."""
    width = out.shape[1]
    kept, lost = np.zeros(width), np.zeros(width)
    for k in range(len(out)):
        for j in range(width):
            high, value = kept[j], cells[k, 0, j]
            total = high + value
            back = total - high
            kept[j] = total
            lost[j] += ((high - (total - back)) + (value - back)) + cells[k, 1, j]
            out[k, j] = total + lost[j]


@compiled(f"void({F2}, {F1}, {I2}, {F3}, {F2})")
def running_sums(V, r, ends, cells, out):
    """Write ``sum of r`` and ``sum of r V`` over each risk set to ``out`` (ranks × 1 + columns).

    ``cells``, (ranks + 1) × 2 × (1 + columns), are room to work in.
    """
    cells[:] = 0.0
    scatter(V, r, ends[0], 0, 1.0, cells)
    scatter(V, r, ends[1], 1, -1.0, cells)
    run(cells, out)


@compiled(f"void({F2}, {F3})")
def running_ranges(h, cells):
    """``cells[k]``: sum of the first ``k`` rows of ``h``, (ranks + 1) × 2 × columns.

    The sum of ``h`` over ``first..last`` is cell ``last + 1`` less cell ``first``, half by half.
    """
    cells[0] = 0.0
    for k in range(len(h)):
        for j in range(h.shape[1]):
            high, value = cells[k, 0, j], h[k, j]
            total = high + value
            back = total - high
            cells[k + 1, 0, j] = total
            cells[k + 1, 1, j] = cells[k, 1, j] + (high - (total - back)) + (value - back)


@compiled(f"void({F3}, {F2}, {I2}, {I1}, i8, i8, {F2})")
def exposures(cells, tied, ends, event, begin, end, out):
    """Range sums of rows ``begin..end``, less ``tied`` at their own time where they are events."""
    for i in range(begin, end):
        a, b = ends[0, i], ends[1, i]
        for j in range(out.shape[1]):
            total = (cells[b + 1, 0, j] - cells[a, 0, j]) + (cells[b + 1, 1, j] - cells[a, 1, j])
            if event[i] == 1:
                total -= tied[b, j]
            out[i, j] = total
