"""Compiled passes of the Cox likelihood, its information and its scores.

Kernels take arrays, not objects; some therefore take many.
"""

from __future__ import annotations

import numpy as np

from analysis.survival.risk_set_kernels import F1, F2, F3, I1, I2, clear, compiled, spread


@compiled(f"void({F2}, {F2}, {F1}, {I2}, {I2}, {I1}, {F2}, {F1}, {F2})")
def score_and_sum(X, base, beta, ends, spans, segment, work, risk, out):  # noqa: PLR0913
    """``risk = w exp(X beta + offset)`` and its risk-set sums, with those of ``risk X``.

    ``base`` is offset over weight; the sums are added to ``out``, as in ``risk_set_sums``.
    """
    p = X.shape[1]
    for level in range(len(spans)):
        begin, end = spans[level, 0], spans[level, 1]
        if begin == end:
            continue
        clear(work, segment, level)
        for i in range(begin, end):
            eta = base[0, i]
            for j in range(p):
                eta += X[i, j] * beta[j]
            r = base[1, i] * np.exp(eta)
            risk[i] = r
            for side in range(min(level, 1) + 1):
                k = ends[side, i]
                work[k, 0] += r
                for j in range(p):
                    work[k, j + 1] += r * X[i, j]
        spread(work, segment, level, out)


@compiled(f"void({F2}, {F2}, {F1}, {I2}, {F1}, {F1}, {F2}, {F2}, {F1})")
def likelihood_steps(total, event_x, event_risk, starts, weight, hazard, mean, by_time, sums):  # noqa: PLR0913
    """Efron's steps at each event time, one where ``starts[1]`` leaves room for one.

    ``starts`` is where the events, and the steps, of each time begin. Writes hazard and mean of
    each step; by time the sum of hazards and of hazards times the share taken from tied events;
    ``sums`` gets Σ w log S0 and Σ w m.
    """
    p = event_x.shape[1]
    tied = np.zeros(p + 1)
    for k in range(len(weight)):
        n_steps = starts[1, k + 1] - starts[1, k]
        if n_steps > 1:
            tied[:] = 0.0
            for e in range(starts[0, k], starts[0, k + 1]):
                tied[0] += event_risk[e]
                for j in range(p):
                    tied[j + 1] += event_risk[e] * event_x[e, j]
        for step in range(n_steps):
            row = starts[1, k] + step
            share = step / n_steps
            s0 = total[k, 0]
            if step > 0:
                s0 -= share * tied[0]
            h = weight[k] / s0
            hazard[row] = h
            by_time[k, 0] += h
            by_time[k, 1] += share * h
            sums[0] += weight[k] * np.log(s0)
            for j in range(p):
                m = (
                    total[k, j + 1] / s0
                    if step == 0
                    else (total[k, j + 1] - share * tied[j + 1]) / s0
                )
                mean[row, j] = m
                sums[j + 1] += weight[k] * m


@compiled(f"void({F3}, {F2}, {I2}, {I1}, {I2}, {F2})")
def exposures(tables, tied, ends, event, spans, out):
    """Range sums of every row, less ``tied`` at its own time where it has an event."""
    width = tables.shape[2]
    for level in range(len(spans)):
        for i in range(spans[level, 0], spans[level, 1]):
            b = ends[1, i]
            for j in range(width):
                total = tables[level, ends[0, i], j]
                if level > 0:
                    total += tables[level, b, j]
                if event[i] == 1:
                    total -= tied[b, j]
                out[i, j] = total


@compiled(f"void({F3}, {F2}, {I2}, {I1}, {I2}, {F2}, {F2}, {F2})")
def score_rows(tables, tied, ends, event, spans, base, X, out):
    """Score residuals but for the events' own part: ``exp(eta) (Σ h m - x Σ h)``.

    ``base`` is risk over weight. Tables and ``tied`` hold h, then h m.
    """
    p = X.shape[1]
    for level in range(len(spans)):
        for i in range(spans[level, 0], spans[level, 1]):
            a, b = ends[0, i], ends[1, i]
            scale = base[0, i] / base[1, i]
            h = tables[level, a, 0]
            if level > 0:
                h += tables[level, b, 0]
            if event[i] == 1:
                h -= tied[b, 0]
            for j in range(p):
                hm = tables[level, a, j + 1]
                if level > 0:
                    hm += tables[level, b, j + 1]
                if event[i] == 1:
                    hm -= tied[b, j + 1]
                out[i, j] = scale * (hm - X[i, j] * h)


@compiled(f"void({F2}, {F1}, {I1}, {F2})")
def add_by_group(values, weight, group, out):
    """Add ``weight`` times each row to its group, in the order of the rows."""
    for i in range(len(group)):
        for j in range(values.shape[1]):
            out[group[i], j] += weight[i] * values[i, j]
