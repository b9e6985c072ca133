"""Compiled splitting of at-risk periods into intervals over which no laboratory value changes.

Explicit signatures and a cache on disk: compiled once, at set-up. One walk over the days of a
period, with two places in each analyte's values: nothing is sorted and no day is looked up. An
analyte is visited again only on the day on which its value changes.

Of all kernels here ``days`` has a column a value: the day on which it was known, in order, and the
day of its sample. They are whole numbers up to 2^24, and so exact in half the width.
"""

from __future__ import annotations

import numpy as np
from numba import njit

_PASSED = "i8(f4[:, ::1], i8, i8, f8)"
_ROOM = "i8(i8[::1], i8[:, ::1])"
_SPLIT = "i8[::1](i8[::1], f8[:, ::1], i8[:, ::1], f4[:, ::1], f8[::1], f8, f8, f8[:, ::1])"


@njit(_PASSED, cache=True)
def passed(days, at, past, day):
    """The first of the values ``at`` to ``past`` that was known after ``day``."""
    while at < past and days[0, at] <= day:
        at += 1
    return at


@njit(_ROOM, cache=True)
def most_rows(person, first):
    """Rows that the periods of ``person`` cannot exceed: each day of a value may end two."""
    most = 2 * person.shape[0]
    for p in person:
        for a in range(first.shape[0]):
            most += 2 * (first[a, p + 1] - first[a, p])
    return most


@njit(_ROOM, cache=True)
def likely_rows(person, first):
    """The same where analytes are measured together, on the days of the most frequent one."""
    likely = 2 * person.shape[0]
    for p in person:
        days = 0
        for a in range(first.shape[0]):
            days = max(days, first[a, p + 1] - first[a, p])
        likely += 2 * days
    return likely


@njit(_SPLIT, cache=True)
def split(person, at_risk_periods, first, days, value, lag, valid, out):
    """Where the rows of each period begin (n + 1), in ``out`` (2 + analytes, rows).

    Nothing is returned where ``out`` has too few rows; :func:`most_rows` are enough.
    A row's start and stop are written there, and under them the values acting. ``at_risk_periods``
    (3, n) holds entry, exit and the day of the parathyroidectomy; ``first[a, p]`` to ``first[a, p +
    1]`` are the values of analyte a and person p. Plainly: boundaries are entry, exit, the
    operation and each day d + lag and d + lag + valid between; from after day t acts the last value
    with d + lag <= t, if t - lag - d < valid and no operation lies between.
    """
    n_analytes = first.shape[0]
    begin, row = np.zeros(person.shape[0] + 1, np.int64), 0
    newer, ending = np.empty(n_analytes, np.int64), np.empty(n_analytes, np.int64)
    acting, until = np.empty(n_analytes), np.empty(n_analytes)
    for s in range(person.shape[0]):
        p, start, exit_, operation = (
            person[s],
            at_risk_periods[0, s],
            at_risk_periods[1, s],
            at_risk_periods[2, s],
        )
        newer[:] = first[:, p]
        ending[:] = first[:, p]
        until[:] = -np.inf
        while True:
            if row == out.shape[1]:
                return begin[:0]
            ahead = operation if start < operation else np.inf
            operated = -np.inf if start < operation else operation
            stop = min(exit_, ahead)
            for a in range(n_analytes):
                if until[a] <= start:
                    past = first[a, p + 1]
                    new = newer[a] = passed(days, newer[a], past, start - lag)
                    end = ending[a] = passed(days, ending[a], new, start - lag - valid)
                    acting[a], until[a] = np.nan, ahead
                    if new < past:
                        until[a] = min(until[a], days[0, new] + lag)
                    # a value that has not ended is the last one known
                    if end < new:
                        until[a] = min(until[a], days[0, end] + lag + valid)
                        if days[1, new - 1] > operated:
                            acting[a] = value[new - 1]
                stop = min(stop, until[a])
                out[2 + a, row] = acting[a]
            out[0, row], out[1, row] = start, stop
            row += 1
            if stop >= exit_:
                break
            start = stop
        begin[s + 1] = row
    return begin
