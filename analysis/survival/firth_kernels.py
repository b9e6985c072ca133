"""Compiled pass over the rows for the gradient of Firth's penalty."""

from __future__ import annotations

import numpy as np

from analysis.survival.risk_set_kernels import F1, F2, compiled


@compiled(f"void({F2}, {F1}, {F2}, {F2}, i8, i8, {F2}, {F1})")
def penalty_rows(X, risk, exposed, V, begin, end, leverage, out):
    """``leverage = xᵀVx`` of each row; add ``Σ r (A q x - 2 x (xᵀVΔQ))`` to ``out``.

    ``exposed`` holds A and ΔQ of each row.
    """
    p = X.shape[1]
    v = np.empty(p)
    for i in range(begin, end):
        v[:] = 0.0
        for j in range(p):
            for k in range(p):
                v[k] += X[i, j] * V[j, k]
        q, c = 0.0, 0.0
        for j in range(p):
            q += v[j] * X[i, j]
            c += v[j] * exposed[i, j + 1]
        leverage[i, 0] = q
        share = risk[i] * (exposed[i, 0] * q - 2.0 * c)
        for j in range(p):
            out[j] += share * X[i, j]
