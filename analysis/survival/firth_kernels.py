"""Compiled pass over the rows for the gradient of Firth's penalty."""

from __future__ import annotations

import numpy as np

from analysis.survival.risk_set_kernels import F1, F2, compiled

TOGETHER = 32  # rows side by side, so that one instruction serves several


@compiled(f"void({F2}, {F2}, i8, i8, {F2})")
def leverages(rows, V, begin, end, out):
    """``xᵀVx`` of padded rows ``begin..end``; V is symmetric."""
    p = len(V)
    x, v = np.empty((p, TOGETHER)), np.empty(TOGETHER)
    for block in range(begin, end, TOGETHER):
        n = min(TOGETHER, end - block)
        for i in range(n):
            for j in range(p):
                x[j, i] = rows[block + i, j + 1]
            out[block + i, 0] = 0.0
        for j in range(p):
            for i in range(TOGETHER):
                v[i] = V[j, j] * x[j, i]
            for k in range(j):
                twice = 2.0 * V[j, k]
                for i in range(TOGETHER):
                    v[i] += twice * x[k, i]
            for i in range(n):
                out[block + i, 0] += v[i] * x[j, i]


@compiled(f"void({F2}, {F1}, {F1}, {F2}, {F2}, i8, i8, {F1})")
def penalty_rows(rows, risk, hazard, bent, leverage, begin, end, out):
    """Add ``Σ r (A q x - 2 x (xᵀVΔQ))`` to ``out``; ``bent`` holds VΔQ of each row."""
    for i in range(begin, end):
        c = 0.0
        for j in range(len(out)):
            c += bent[i, j] * rows[i, j + 1]
        share = risk[i] * (hazard[i] * leverage[i, 0] - 2.0 * c)
        for j in range(len(out)):
            out[j] += share * rows[i, j + 1]
