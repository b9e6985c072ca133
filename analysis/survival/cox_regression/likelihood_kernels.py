"""Compiled passes of the Cox likelihood, its information and its scores.

Kernels take arrays, not objects; some therefore take many.
"""

from __future__ import annotations

from ..risk_set_sums.risk_set_kernels import F1, F2, F3, I1, I2, compiled, parts


@compiled(f"void({F3}, {F2}, {I2}, {I1}, {I2}, {F2})")
def exposures(tables, tied, ends, event, runs, out):
    """Range sums of every row, less ``tied`` at its own time where it has an event."""
    width = tables.shape[2]
    for run in range(len(runs)):
        level, begin, end, _, _ = parts(runs, run)
        for i in range(begin, end):
            b = ends[1, i]
            for j in range(width):
                total = tables[level, ends[0, i], j]
                if level > 0:
                    total += tables[level, b, j]
                if event[i] == 1:
                    total -= tied[b, j]
                out[i, j] = total


@compiled(f"void({F3}, {F2}, {I2}, {I1}, {I2}, {F2}, {F2}, {F2})")
def score_rows(tables, tied, ends, event, runs, base, rows, out):
    """Score residuals but for the events' own part: ``exp(eta) (Σ h m - x Σ h)``.

    ``base`` is risk over weight, ``rows`` are padded. Tables and ``tied`` hold h, then h m.
    """
    p = out.shape[1]
    for run in range(len(runs)):
        level, begin, end, _, _ = parts(runs, run)
        for i in range(begin, end):
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
                out[i, j] = scale * (hm - rows[i, j + 1] * h)


@compiled(f"void({F2}, {F1}, {I1}, {F2})")
def add_by_group(values, weight, group, out):
    """Add ``weight`` times each row to its group, in the order of the rows."""
    for i in range(len(group)):
        for j in range(values.shape[1]):
            out[group[i], j] += weight[i] * values[i, j]
