"""Compiled splitting of stays at risk into intervals over which no laboratory value changes.

Explicit signatures and a cache on disk: compiled once, at set-up. One walk over the days of a
stay, with two places in each analyte's values: nothing is sorted and no day is looked up.

Of all kernels here ``known`` has a column a value: the day on which it was known, in order, the day
of its sample, and the value.
"""

from __future__ import annotations

import numpy as np
from numba import njit

_PASSED = "i8(f8[:, ::1], i8, i8, f8)"
_ACTING = "f8(f8[:, ::1], i8, f8, f8, f8)"
_SPLIT = (
    "Tuple((i8[::1], f8[::1], f8[::1], f8[:, :]))"
    "(i8[::1], f8[:, ::1], i8[:, ::1], f8[:, ::1], f8, f8)"
)


@njit(_PASSED, cache=True)
def passed(known, at, past, day):
    """The first of the values ``at`` to ``past`` that was known after ``day``."""
    while at < past and known[0, at] <= day:
        at += 1
    return at


@njit(_ACTING, cache=True)
def acting_value(known, at, day, valid, operated):
    """Value ``at`` if it was known less than ``valid`` before ``day``, NaN otherwise.

    And sampled after ``operated``: the day of an operation that is past, minus infinity without.
    """
    if day - known[0, at] < valid and known[1, at] > operated:
        return known[2, at]
    return np.nan


@njit(_SPLIT, cache=True)
def split(person, stays, first, known, lag, valid):
    """Owner (a row of ``stays``), start and stop of each interval, and the values acting in it.

    ``stays`` (3, n) holds entry, exit and the day of the parathyroidectomy; ``first[a, p]`` to
    ``first[a, p + 1]`` are the values of analyte a and person p. Plainly: boundaries are entry,
    exit, the operation and each day d + lag and d + lag + valid between; from after day t acts the
    last value with d + lag <= t, if t - lag - d < valid and no operation lies between.
    """
    n_analytes, most = first.shape[0], 2 * person.shape[0]
    for p in person:
        for a in range(n_analytes):
            most += 2 * (first[a, p + 1] - first[a, p])
    owner, starts, stops = np.empty(most, np.int64), np.empty(most), np.empty(most)
    values = np.empty((n_analytes, most))  # memory that is not written is not taken
    newer, ending = np.empty(n_analytes, np.int64), np.empty(n_analytes, np.int64)
    row = 0
    for s in range(person.shape[0]):
        p, start, exit_, operation = person[s], stays[0, s], stays[1, s], stays[2, s]
        newer[:] = first[:, p]
        ending[:] = first[:, p]
        while True:
            stop = operation if start < operation < exit_ else exit_
            operated = operation if operation <= start else -np.inf
            for a in range(n_analytes):
                past = first[a, p + 1]
                new = newer[a] = passed(known, newer[a], past, start - lag)
                end = ending[a] = passed(known, ending[a], past, start - lag - valid)
                if new < past:
                    stop = min(stop, known[0, new] + lag)
                if end < past:
                    stop = min(stop, known[0, end] + lag + valid)
                values[a, row] = np.nan
                if new > first[a, p]:
                    values[a, row] = acting_value(known, new - 1, start - lag, valid, operated)
            owner[row], starts[row], stops[row] = s, start, stop
            row += 1
            if stop >= exit_:
                break
            start = stop
    return owner[:row], starts[:row], stops[:row], values[:, :row]
