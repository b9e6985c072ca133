"""Columns of a row side by side: four or eight go through one instruction.

Multiply-adds are fused (one rounding, the same on every machine: where the processor has no such
instruction the C library's ``fma`` is called, which rounds alike and is slow).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import types
from numba.extending import intrinsic

from ..arguments import Floats
from .compiled import inlined

ZERO, ONE, TWO, THREE, FOUR = (np.uint64(j) for j in range(5))  # unsigned: never from the end
EIGHT = np.uint64(8)

Index = int | np.uint64
Four = tuple[float, float, float, float]
Eight = tuple[float, float, float, float, float, float, float, float]


def _fma(_context: Any, a: Any, b: Any, c: Any) -> Any:
    """``a b + c``, rounded once."""

    def code(_target: Any, builder: Any, _signature: Any, values: Any) -> Any:
        return builder.fma(*values)

    return types.float64(a, b, c), code


fma: Any = intrinsic(_fma)


@inlined
def four(table: Floats, i: Index, j: Index) -> Four:
    """Columns ``j .. j + 3`` of row ``i``."""
    return table[i, j], table[i, j + ONE], table[i, j + TWO], table[i, j + THREE]


@inlined
def put_four(table: Floats, i: Index, j: Index, x: Four) -> None:
    table[i, j], table[i, j + ONE], table[i, j + TWO], table[i, j + THREE] = x


@inlined
def plus_four(s: Four, r: float, x: Four) -> Four:
    """``s + r x``."""
    return fma(r, x[0], s[0]), fma(r, x[1], s[1]), fma(r, x[2], s[2]), fma(r, x[3], s[3])


@inlined
def times_four(r: float, x: Four) -> Four:
    return r * x[0], r * x[1], r * x[2], r * x[3]


@inlined
def eight(table: Floats, i: Index, j: Index) -> Eight:
    """Columns ``j .. j + 7`` of row ``i``."""
    a, b, c, d = four(table, i, j)
    e, f, g, h = four(table, i, j + FOUR)
    return a, b, c, d, e, f, g, h


@inlined
def plus_eight(s: Eight, r: float, x: Eight) -> Eight:
    """``s + r x``."""
    a, b, c, d = plus_four(s[:4], r, x[:4])
    e, f, g, h = plus_four(s[4:], r, x[4:])
    return a, b, c, d, e, f, g, h


@inlined
def times_eight(r: float, x: Eight) -> Eight:
    a, b, c, d = times_four(r, x[:4])
    e, f, g, h = times_four(r, x[4:])
    return a, b, c, d, e, f, g, h
