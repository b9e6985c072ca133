"""Compiled merges of periods of people's time ``(start, stop]``.

Explicit signatures and a cache on disk: compiled once, at set-up. Stretches come and go in three
columns (person, start, stop), in the order of people and days; those of one person do not overlap.
Each merge is one pass over both sides: nothing is sorted.
"""

from __future__ import annotations

import numpy as np
from numba import njit

_STRETCHES = "i8[::1], f8[::1], f8[::1]"
_FOUND = f"Tuple(({_STRETCHES}))"
_LENGTHEN = f"i8({_STRETCHES}, i8, i8, f8, f8)"
_MERGED = f"{_FOUND}({_STRETCHES})"
_OF_TWO = f"{_FOUND}({_STRETCHES}, {_STRETCHES})"


@njit(_LENGTHEN, cache=True)
def lengthen(person, start, stop, n, who, low, high):
    """Put ``(low, high]`` behind the first ``n`` periods: how many there are then.

    An empty one is left out; one that begins in the last one, or where it ends, lengthens it.
    """
    if not low < high:
        return n
    if n > 0 and person[n - 1] == who and low <= stop[n - 1]:
        stop[n - 1] = max(stop[n - 1], high)
        return n
    person[n], start[n], stop[n] = who, low, high
    return n + 1


@njit(_MERGED, cache=True)
def merged(person, start, stop):
    """Days in any of the periods, which may overlap and are in the order of their starts."""
    size, n = person.shape[0], 0
    who, low, high = np.empty(size, np.int64), np.empty(size), np.empty(size)
    for i in range(size):
        n = lengthen(who, low, high, n, person[i], start[i], stop[i])
    return who[:n], low[:n], high[:n]


@njit(_OF_TWO, cache=True)
def shared(person, start, stop, other, begin, end):
    """Days both in a period of the one side and in one of the other."""
    size, n = person.shape[0] + other.shape[0], 0
    who, low, high = np.empty(size, np.int64), np.empty(size), np.empty(size)
    i = j = 0
    while i < person.shape[0] and j < other.shape[0]:
        if person[i] == other[j]:
            first, last = max(start[i], begin[j]), min(stop[i], end[j])
            n = lengthen(who, low, high, n, person[i], first, last)
        if person[i] < other[j] or (person[i] == other[j] and stop[i] <= end[j]):
            i += 1
        else:
            j += 1
    return who[:n], low[:n], high[:n]


@njit(_OF_TWO, cache=True)
def remaining(person, start, stop, other, begin, end):
    """Days in a period of the one side and in none of the other."""
    size, n = person.shape[0] + other.shape[0], 0
    who, low, high = np.empty(size, np.int64), np.empty(size), np.empty(size)
    past = 0
    for i in range(person.shape[0]):
        since = start[i]
        while past < other.shape[0] and (
            other[past] < person[i] or (other[past] == person[i] and end[past] <= since)
        ):
            past += 1
        j = past
        while j < other.shape[0] and other[j] == person[i] and begin[j] < stop[i]:
            n = lengthen(who, low, high, n, person[i], since, begin[j])
            since = max(since, end[j])
            j += 1
        n = lengthen(who, low, high, n, person[i], since, stop[i])
    return who[:n], low[:n], high[:n]
