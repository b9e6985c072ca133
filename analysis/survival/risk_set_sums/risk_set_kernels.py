"""Compiled sums over risk sets, for few event times: without a subtraction anywhere.

Event times are ranked; a row is at risk at ranks ``first..last`` (both included). Entered minus
left would lose a small risk set between large ones, so each row is split where its two ends part:
at *level* v = bit length of ``first ^ last`` the ends lie in the two halves of one block of 2^v
ranks. The row is written once at each end; in left halves a running sum goes up, in right halves
it goes down, and every risk-set sum is then a sum of terms that belong to it (a disjoint sparse
table). Range sums ``sum of h over first..last`` are the transpose of the same thing.
Level 0 is a row in one risk set only. Ranks are counted, and blocks laid, from the first event
time of the stratum. Rows come in *runs* of one stratum and one level: the level, rows
``begin..end``, event times ``low..high`` of the stratum.

Kernels take arrays, not objects; some therefore take many.
"""

from __future__ import annotations

import numpy as np
from numba.extending import register_jitable

from ..numerics.compiled import F1, F2, I1, I2, compiled


@compiled(f"i8({F1}, i8, i8, f8)")
def bucket(times, low, high, q):
    """Where ``q`` falls when ``times[low:high]`` is cut into even parts; monotone in ``q``."""
    n = high - low
    if q <= times[low]:
        return 0
    if q >= times[high - 1]:
        return n - 1
    part = int((q - times[low]) * ((n - 1) / (times[high - 1] - times[low])))
    return min(part, n - 1)


@compiled(f"void({F1}, {I1}, {I1})")
def guide(times, segment, out):
    """``out[segment[s] + s + b]``: the first time of stratum s in bucket b or a later one."""
    for s in range(len(segment) - 1):
        low, high = segment[s], segment[s + 1]
        b = 0
        for k in range(low, high):
            here = bucket(times, low, high, times[k])
            while b <= here:
                out[low + s + b] = k
                b += 1
        while b <= high - low:
            out[low + s + b] = high
            b += 1


@compiled(f"void({F1}, {I1}, {I1}, {F1}, {I1}, {I1})")
def count_not_after(times, segment, guide, query, stratum, out):
    """``out[i] = segment[s] + number of times of stratum s that are <= query[i]``."""
    for i in range(len(query)):
        s = stratum[i]
        low, high = segment[s], segment[s + 1]
        if low == high:
            out[i] = low
            continue
        q = query[i]
        first = low + s + bucket(times, low, high, q)
        low, high = guide[first], guide[first + 1]
        while low < high:
            middle = (low + high) >> 1
            if times[middle] <= q:
                low = middle + 1
            else:
                high = middle
        out[i] = low


@compiled(f"void({I2}, {I1}, {I1}, i8, i8, {I1}, {I2})")
def places(ends, stratum, segment, begin, end, out, n):
    """Stratum and level of rows ``begin..end`` as one number, -1 where in no risk set.

    ``n[s, v]`` counts those of stratum s and level v, whose number is its place in ``n``.
    """
    for i in range(begin, end):
        if ends[0, i] > ends[1, i]:
            out[i] = -1
            continue
        s, level = stratum[i], 0
        rest = (ends[0, i] - segment[s]) ^ (ends[1, i] - segment[s])
        while rest > 0:
            rest >>= 1
            level += 1
        n[s, level] += 1
        out[i] = s * n.shape[1] + level


@compiled(f"void({I1}, i8, {I1})")
def sorted_rows(rank, n_ranks, out):
    """Rows in order of rank, equal ones in the order given."""
    at = np.zeros(n_ranks + 1, np.int64)
    for k in rank:
        at[k + 1] += 1
    for k in range(n_ranks):
        at[k + 1] += at[k]
    for i in range(len(rank)):
        out[at[rank[i]]] = i
        at[rank[i]] += 1


@compiled(f"void({I2}, {I1}, {I1}, i8, i8, {I1}, {I1}, {I2}, {I1})")
def put_in_place(ends, event, place, begin, end, at, order, kept, kept_event):  # noqa: PLR0913
    """Rows ``begin..end`` in order of place; ``at[v]`` is where those of v begin, and moves on."""
    for i in range(begin, end):
        if place[i] >= 0:
            row = at[place[i]]
            at[place[i]] += 1
            order[row] = i
            kept[0, row] = ends[0, i]
            kept[1, row] = ends[1, i]
            kept_event[row] = event[i]


@compiled(f"void({F2}, {F1}, {I1}, {I1}, {F2}, {F1}, {I1})")
def stratum_totals(X, offset, order, stratum, total_x, total_offset, n):
    """Add up covariates and offsets of the rows in ``order`` by stratum."""
    for i in order:
        s = stratum[i]
        n[s] += 1
        total_offset[s] += offset[i]
        for j in range(X.shape[1]):
            total_x[s, j] += X[i, j]


@compiled(f"void({F2}, i8, i8, i8)")
def cumulate(table, begin, end, step):
    """Add to each row of ``begin..end`` the one before it, walking by ``step`` of 1 or -1."""
    for k in range(begin, end, step):
        for j in range(table.shape[1]):
            table[k, j] += table[k - step, j]


@compiled(f"void({F2}, i8, i8, i8, i8)")
def outwards(table, low, high, half, step):
    """Cumulate the halves of each block: away from its middle (``step`` -1) or towards it (1)."""
    for block in range(low, high, 2 * half):
        middle, end = block + half, min(block + 2 * half, high)
        if step > 0:
            cumulate(table, block + 1, min(middle, high), 1)
            cumulate(table, end - 2, middle - 1, -1)
        else:
            cumulate(table, min(middle, high) - 2, block - 1, -1)
            cumulate(table, middle + 1, end, 1)


@compiled(f"void({F2}, i8, i8, i8, {F2})")
def spread(table, level, n, at, out):
    """Turn ``n`` entries at the ends into sums, up in left halves, down in right.

    They are added to ``out`` from row ``at`` on.
    """
    if level > 0:
        outwards(table, 0, n, (1 << level) >> 1, 1)
    for k in range(n):
        for j in range(out.shape[1]):
            out[at + k, j] += table[k, j]


@compiled(f"void({F2}, i8, i8, i8, {F2})")
def gather_outwards(h, level, low, high, out):
    """Running sums of ``h[low:high]`` outwards from the middle of each block, to ``out[0:]``.

    A row's range sum is ``out[first - low] + out[last - low]``, at level 0 the first alone.
    """
    n = high - low
    out[:n] = h[low:high]
    if level > 0:
        outwards(out, 0, n, (1 << level) >> 1, -1)


@register_jitable(inline="always")
def parts(runs, run):
    """Level, first row and end of rows, first event time and end of times."""
    return runs[run, 0], runs[run, 1], runs[run, 2], runs[run, 3], runs[run, 4]


@compiled(f"void({F2}, {F1}, i8, i8, {F2})")
def cross_product(X, w, begin, end, out):
    """Add ``sum of w x xᵀ`` over rows ``begin..end`` to ``out``; four rows at a time."""
    p = X.shape[1]
    whole = begin + (end - begin) // 4 * 4
    for i in range(begin, whole, 4):
        for j in range(p):
            a = w[i] * X[i, j]
            b = w[i + 1] * X[i + 1, j]
            c = w[i + 2] * X[i + 2, j]
            d = w[i + 3] * X[i + 3, j]
            for k in range(j + 1):
                out[j, k] += (a * X[i, k] + b * X[i + 1, k]) + (c * X[i + 2, k] + d * X[i + 3, k])
    for i in range(whole, end):
        for j in range(p):
            a = w[i] * X[i, j]
            for k in range(j + 1):
                out[j, k] += a * X[i, k]


@compiled(f"void({F1}, {I2}, {I2}, {F1}, {F1})")
def risk_set_max(u, ends, runs, work, out):
    """Raise ``out`` to the greatest ``u`` of each risk set."""
    for run in range(len(runs)):
        level, begin, end, low, high = parts(runs, run)
        work[low:high] = -np.inf
        for i in range(begin, end):
            work[ends[0, i]] = max(work[ends[0, i]], u[i])
            work[ends[1, i]] = max(work[ends[1, i]], u[i])
        half = (1 << level) >> 1
        for block in range(low, high, max(2 * half, 1)):
            for k in range(block + 1, min(block + half, high)):
                work[k] = max(work[k], work[k - 1])
            for k in range(min(block + 2 * half, high) - 2, block + half - 1, -1):
                work[k] = max(work[k], work[k + 1])
        for k in range(low, high):
            out[k] = max(out[k], work[k])
