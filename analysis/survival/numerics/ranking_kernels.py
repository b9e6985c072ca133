"""Compiled look-ups among whole-number times: one pass each, no copies."""

from __future__ import annotations

import numpy as np

from ..arguments import Flags, Floats, Ints
from .compiled import compiled


@compiled("i8(f8[::1], i8)")
def greatest_whole(values: Floats, limit: int) -> int:
    """The greatest value, or −1 unless all are whole numbers from 0 to ``limit``."""
    greatest = 0
    for i in range(values.shape[0]):
        v = values[i]
        if not (0 <= v <= limit):
            return -1
        whole = int(v)
        if whole != v:
            return -1
        greatest = max(greatest, whole)
    return greatest


@compiled("b1[::1](f8[::1], i8)")
def presence(values: Floats, size: int) -> Flags:
    """Which of 0 ... ``size − 1`` occur among whole ``values``."""
    out = np.zeros(size, dtype=np.bool_)
    for i in range(values.shape[0]):
        out[int(values[i])] = True
    return out


@compiled("i8[::1](f8[::1], i8[::1])")
def look_up(values: Floats, table: Ints) -> Ints:
    """``table`` at each of the whole ``values``."""
    out = np.empty(values.shape[0], dtype=np.int64)
    for i in range(values.shape[0]):
        out[i] = table[int(values[i])]
    return out


@compiled("b1(f8[::1], i8[::1], i8[::1])")
def looked_up(values: Floats, table: Ints, out: Ints) -> bool:
    """``table`` at each value, its last entry beyond it; false where one is not whole or < 0."""
    last = table.shape[0] - 1
    for i in range(values.shape[0]):
        v = values[i]
        if not v >= 0:
            return False
        if v >= last:
            out[i] = table[last]
            continue
        whole = int(v)
        if whole != v:
            return False
        out[i] = table[whole]
    return True
