"""Compiled Cholesky factor and inverse of a small positive definite matrix."""

from __future__ import annotations

import numpy as np

from ..arguments import Floats
from .compiled import F1, F2, compiled


@compiled(f"void({F2}, f8, {F2}, {F1})")
def factor(info: Floats, singular: float, lower: Floats, scale: Floats) -> None:
    """``info = scale (lower lowerᵀ) scale`` with a unit diagonal between the scales.

    A column of which no more than ``singular`` is left after those before it, and one that is
    zero, gets a zero in the diagonal of ``lower``.
    """
    p = len(info)
    lower[:] = 0.0
    for j in range(p):
        scale[j] = np.sqrt(info[j, j]) if info[j, j] > 0.0 else 1.0
    for j in range(p):
        pivot = info[j, j] / scale[j] / scale[j]
        for k in range(j):
            pivot -= lower[j, k] * lower[j, k]
        if not pivot > singular:
            continue
        lower[j, j] = np.sqrt(pivot)
        for i in range(j + 1, p):
            left = info[i, j] / scale[i] / scale[j]
            for k in range(j):
                left -= lower[i, k] * lower[j, k]
            lower[i, j] = left / lower[j, j]


@compiled(f"void({F2}, {F1}, {F2})")
def inverse(lower: Floats, scale: Floats, out: Floats) -> None:
    """Inverse of what :func:`factor` has factored, all of its diagonal positive."""
    p = len(lower)
    back = np.zeros((p, p))  # inverse of the factor
    for j in range(p):
        back[j, j] = 1.0 / lower[j, j]
        for i in range(j + 1, p):
            left = 0.0
            for k in range(j, i):
                left -= lower[i, k] * back[k, j]
            back[i, j] = left / lower[i, i]
    for i in range(p):
        for j in range(i + 1):
            total = 0.0
            for k in range(i, p):
                total += back[k, i] * back[k, j]
            out[i, j] = total / scale[i] / scale[j]
            out[j, i] = out[i, j]
