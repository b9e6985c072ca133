"""Compiled loops of the non-parametric curves: one pass over rows, one over distinct times.

Explicit signatures and a cache on disk: compiled once, at set-up. Serial, so that sums are
folded in one order.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import types

from ..arguments import Flags, Floats, Ints
from ..numerics.compiled import compiled


class Tally(NamedTuple):
    """Sums by distinct time: weights and rows that come into the risk set, and that go.

    ``coming`` and ``going`` (weights), ``n_coming`` and ``n_going`` (rows) are times + 1; events
    by cause are times × causes, ``n_events`` their rows; ``entered`` and ``censored`` weights.
    """

    coming: Floats
    going: Floats
    n_coming: Ints
    n_going: Ints
    events: Floats
    n_events: Ints
    entered: Floats
    censored: Floats


_F1, _I1, _B1 = types.float64[::1], types.int64[::1], types.boolean[::1]
_TALLY = types.NamedTuple((_F1, _F1, _I1, _I1, types.float64[:, ::1], _I1, _F1, _F1), Tally)
_SIGNATURE_TALLY = _TALLY(_I1, _I1, _B1, _B1, _I1, _F1, types.int64, types.int64)
_SIGNATURE_GREENWOOD = "f8[:, ::1](f8[::1], f8[:, ::1], f8[::1])"


@compiled(_SIGNATURE_TALLY)
def tally(
    first: Ints,
    last: Ints,
    enters: Flags,
    leaves: Flags,
    cause: Ints,
    weights: Floats,
    n_times: int,
    n_causes: int,
) -> Tally:
    """Sums by distinct time; a row is at risk at the times numbered ``first <= k < last``."""
    coming, going = np.zeros(n_times + 1), np.zeros(n_times + 1)
    n_coming = np.zeros(n_times + 1, dtype=np.int64)
    n_going = np.zeros(n_times + 1, dtype=np.int64)
    events = np.zeros((n_times, n_causes))
    n_events = np.zeros(n_times, dtype=np.int64)
    entered, censored = np.zeros(n_times), np.zeros(n_times)
    for i in range(first.shape[0]):
        w = weights[i]
        if first[i] < last[i]:
            coming[first[i]] += w
            n_coming[first[i]] += 1
            going[last[i]] += w
            n_going[last[i]] += 1
        if enters[i]:
            entered[first[i]] += w
        if leaves[i]:
            if cause[i] == 0:
                censored[last[i] - 1] += w
            else:
                events[last[i] - 1, cause[i] - 1] += w
                n_events[last[i] - 1] += 1
    return Tally(coming, going, n_coming, n_going, events, n_events, entered, censored)


@compiled(_SIGNATURE_GREENWOOD)
def incidence_variance(at_risk: Floats, events: Floats, event_free_before: Floats) -> Floats:
    """Greenwood-type variance of every cumulative incidence (times × causes).

    Recursion of Andersen, Borgan, Gill and Keiding (1993), eq. 4.4.18, for one transient state
    and absorbing causes, with multinomial increments.
    """
    n_times, n_causes = events.shape
    out = np.zeros((n_times, n_causes))
    var_free = 0.0
    covariance = np.zeros(n_causes)
    variance = np.zeros(n_causes)
    for k in range(n_times):
        n, s = at_risk[k], event_free_before[k]
        d = 0.0
        for c in range(n_causes):
            d += events[k, c]
        if d > 0:
            left = max(n - d, 0.0)
            stay = left / n
            scale = s * s / (n * n * n)
            for c in range(n_causes):
                e = events[k, c]
                h = e / n
                variance[c] += h * (2 * covariance[c] + h * var_free) + scale * e * (n - e)
                covariance[c] = stay * (covariance[c] + h * var_free) - scale * e * left
            var_free = stay * stay * var_free + scale * d * left
        for c in range(n_causes):
            out[k, c] = max(variance[c], 0.0)
    return out
