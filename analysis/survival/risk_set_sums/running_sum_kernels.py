"""Risk-set sums where there are many event times: one running total, carried in two doubles.

A sum over everyone at risk is what entered less what left. Each total is a pair ``high + low``:
``high`` is the rounded sum, ``low`` gathers what rounding took from it (Knuth 1969, 4.2.2;
Shewchuk 1997), so a risk set some 10^12 times smaller than the largest keeps its digits. The cost
is one cell an event time however many there are; :mod:`risk_set_kernels` takes one a level.
Strata follow one another: at the end of each everyone has left.

Kernels take arrays, not objects; some therefore take many.
"""

from __future__ import annotations

from numba.extending import register_jitable

from .risk_set_kernels import F2, F3, I1, I2, compiled


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


@register_jitable(inline="always")
def range_sum(cells, first, last, j):
    """Sum of column ``j`` over ``first..last``."""
    past = last + 1
    high = cells[past, 0, j] - cells[first, 0, j]
    return high + (cells[past, 1, j] - cells[first, 1, j])


@compiled(f"void({F3}, {F2}, {I2}, {I1}, i8, i8, {F2})")
def exposures(cells, tied, ends, event, begin, end, out):
    """Range sums of rows ``begin..end``, less ``tied`` at their own time where they are events."""
    for i in range(begin, end):
        a, b = ends[0, i], ends[1, i]
        for j in range(out.shape[1]):
            total = range_sum(cells, a, b, j)
            if event[i] == 1:
                total -= tied[b, j]
            out[i, j] = total
