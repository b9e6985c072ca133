"""What a person counts for after a competing event: censoring and entry, both as product limits.

At *t* after a competing event at *T* a person counts ``g(t) / g(T)``, ``g(t) = G(t−) H(t−)``. G is
the product limit of censoring, events preceding censorings at ties; H the product limit of entry
in reverse time, so ``H(t−)`` is the probability of having entered before t. Geskus (2011).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..arguments import Floats, Ints
from ..curves.at_risk import risk_table, standing
from ..numerics.ranking import distinct, number_before, number_until


@dataclass(frozen=True)
class Leaving:
    """A product limit: distinct times, hazard steps, and for each row where it is exposed.

    A row is exposed at the times numbered ``first <= j < last`` and moves at ``moved`` (−1: never).
    ``stays`` is those exposed who do not move, a sum of weights.
    """

    times: Floats
    moves: Floats
    stays: Floats
    first: Ints
    last: Ints
    moved: Ints


@dataclass(frozen=True)
class SubdistributionWeights:
    """``g`` at the event times, ``g(T)`` at every row's ``stop``, and what they came from."""

    at_times: Floats
    at_stop: Floats
    censoring: Leaving
    entry: Leaving | None


def subdistribution_weights(
    times: Floats, stop: Floats, start: Floats | None, cause: Ints, weights: Floats
) -> SubdistributionWeights:
    """Estimate G and H from all rows (one a person) and read ``g`` at ``times`` and ``stop``."""
    censoring = _censoring(stop, start, cause, weights)
    entry = None if start is None else _entry(stop, start, weights)

    def read(t: Floats) -> Floats:
        kept = np.append(1.0, np.cumprod(_factors(censoring)))
        value = kept[number_before(censoring.times, t)]
        if entry is None:
            return value
        after = np.append(np.cumprod(_factors(entry)[::-1])[::-1], 1.0)
        out: Floats = value * after[number_before(entry.times, t)]
        return out

    return SubdistributionWeights(read(times), read(stop), censoring, entry)


def _factors(leaving: Leaving) -> Floats:
    return leaving.stays / (leaving.stays + leaving.moves)


def _censoring(stop: Floats, start: Floats | None, cause: Ints, weights: Floats) -> Leaving:
    table = risk_table(stop, start, (cause > 0).astype(np.int64), 1, weights, None)
    kept = np.flatnonzero(table.n_censor > 0)
    times = table.times[kept]
    exposed = table.n_risk[kept] - table.n_event[kept, 0]
    until = number_until(times, stop)
    # An event at a time of censoring comes first: it is not exposed there.
    last = np.where(cause > 0, number_before(times, stop), until)
    first = np.zeros_like(last) if start is None else number_until(times, start)
    moves = table.n_censor[kept]
    alone = _count(first, last, len(times)) == np.bincount(
        until[cause == 0] - 1, minlength=len(times)
    )
    stays = np.where(alone, 0.0, np.maximum(exposed - moves, 0.0))
    return Leaving(times, moves, stays, first, last, np.where(cause > 0, -1, until - 1))


def _entry(stop: Floats, start: Floats, weights: Floats) -> Leaving:
    times = distinct(start)
    first, last = number_until(times, start) - 1, number_before(times, stop)
    size = len(times) + 1
    coming = np.bincount(first, weights, minlength=size).astype(np.float64)
    going = np.bincount(last, weights, minlength=size).astype(np.float64)
    moves = coming[:-1]
    alone = _count(first, last, len(times)) == np.bincount(first, minlength=len(times))
    stays = np.where(alone, 0.0, np.maximum(standing(coming, going) - moves, 0.0))
    return Leaving(times, moves, stays, first, last, first)


def _count(first: Ints, last: Ints, n_times: int) -> Ints:
    """Rows exposed at each time: whole numbers, so that an empty remainder is seen exactly."""
    size = n_times + 1
    change = np.bincount(first, minlength=size) - np.bincount(last, minlength=size)
    return np.cumsum(change)[:n_times]
