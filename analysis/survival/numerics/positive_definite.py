"""Information matrices: their inverse, and the columns that make them singular."""

from __future__ import annotations

import numpy as np

from ..arguments import Floats
from . import positive_definite_kernels as kernels

SINGULAR = 1e-11  # smallest 1 - R² of a column given those before it


def collinear(info: Floats) -> tuple[int, ...]:
    """Columns of an information matrix (p × p) that those before them determine."""
    lower, _ = _factored(info)
    return tuple(int(j) for j in np.flatnonzero(np.diag(lower) == 0))


def invert(info: Floats) -> Floats | None:
    """Inverse of a positive definite matrix (p × p); ``None`` where it is singular."""
    if not np.isfinite(info).all():
        return None
    lower, scale = _factored(info)
    if not (np.diag(lower) > 0).all():
        return None
    out = np.empty_like(lower)
    kernels.inverse(lower, scale, out)
    return out


def _factored(info: Floats) -> tuple[Floats, Floats]:
    lower, scale = np.empty(info.shape), np.empty(len(info))
    kernels.factor(np.ascontiguousarray(info), SINGULAR, lower, scale)
    return lower, scale
