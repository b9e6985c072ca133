"""Compiled look-ups among whole-number times: one pass each, no copies."""

from __future__ import annotations

import numpy as np
from numba import njit


@njit("i8(f8[::1], i8)", cache=True)
def greatest_whole(values, limit):
    """The greatest value, or −1 unless all are whole numbers from 0 to ``limit``."""
    greatest = np.int64(0)
    for i in range(values.shape[0]):
        v = values[i]
        if not (0 <= v <= limit):
            return np.int64(-1)
        whole = np.int64(v)
        if whole != v:
            return np.int64(-1)
        greatest = max(greatest, whole)
    return greatest


@njit("b1[::1](f8[::1], i8)", cache=True)
def presence(values, size):
    """Which of 0 ... ``size − 1`` occur among whole ``values``."""
    out = np.zeros(size, dtype=np.bool_)
    for i in range(values.shape[0]):
        out[np.int64(values[i])] = True
    return out


@njit("i8[::1](f8[::1], i8[::1])", cache=True)
def look_up(values, table):
    """``table`` at each of the whole ``values``."""
    out = np.empty(values.shape[0], dtype=np.int64)
    for i in range(values.shape[0]):
        out[i] = table[np.int64(values[i])]
    return out


@njit("b1(f8[::1], i8[::1], i8[::1])", cache=True, nogil=True)
def looked_up(values, table, out):
    """``table`` at each value, its last entry beyond it; false where one is not whole or < 0."""
    last = table.shape[0] - 1
    for i in range(values.shape[0]):
        v = values[i]
        if not v >= 0:
            return False
        if v >= last:
            out[i] = table[last]
            continue
        whole = np.int64(v)
        if whole != v:
            return False
        out[i] = table[whole]
    return True
