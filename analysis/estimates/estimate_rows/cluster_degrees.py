"""Degrees of freedom of the variance between centres of unequal size.

A centre of five people says far less of the variance than one of five hundred, so K centres of
unequal size carry less than K − 1 degrees of freedom.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def cluster_degrees(cases: Floats, people: Floats) -> float:
    """Satterthwaite's degrees of freedom of ``Σ r_k²``, residuals ``r_k = x_k − p n_k``.

    ``tr(S)² / tr(S²)`` with S the covariance of the residuals ``r = (I − h 1ᵀ) x``, ``h = n / Σn``,
    under independent centres with ``var x_k ∝ n_k (1 + (n_k − 1) ρ)``; ρ, the correlation of two
    people of one centre, from ``Σ r_k²`` by moments and held between 0 and 1. It is K − 1 where
    centres are of one size and never more. ``cases`` and ``people`` by centre (K,), at least two
    centres and ``0 < p < 1``. Satterthwaite (1946); for clusters Bell and McCaffrey (2002).
    """
    total = people.sum()
    p = cases.sum() / total
    residual = cases - p * people
    found = float(residual @ residual) / (p * (1 - p))
    alone, _ = _traces(people, people)
    alike, _ = _traces(people, people**2)
    correlation = min(max((found - alone) / (alike - alone), 0.0), 1.0)
    trace, of_square = _traces(people, people * (1 + (people - 1) * correlation))
    return trace**2 / of_square


def _traces(people: Floats, variance: Floats) -> tuple[float, float]:
    """``tr S`` and ``tr S²`` of ``S = (I − h 1ᵀ) diag(v) (I − 1 hᵀ)``.

    ``S = diag(v) − h vᵀ − v hᵀ + (Σv) h hᵀ``, so no K × K matrix is made.
    """
    h, v, whole = people / people.sum(), variance, variance.sum()
    hh, hv, vv = h @ h, h @ v, v @ v
    trace = whole - 2 * hv + whole * hh
    crossed = -4 * (h @ v**2) + 2 * whole * (h**2 @ v)
    low_rank = 2 * hh * vv + 2 * hv**2 + (whole * hh) ** 2 - 4 * whole * hh * hv
    return float(trace), float(vv + crossed + low_rank)
