"""Who is at risk, fails, enters and leaves, at every distinct time someone leaves.

Intervals are ``(start, stop]``: who enters at *t* is not at risk at *t*; at ties events come
before censorings. With the distinct times ranked, a row is at risk at the times numbered
``first <= k < last``; cumulative sums over the ranks give every risk set without sorting rows.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from ..arguments import Floats, Ints
from ..at_risk_periods import AtRiskPeriods, at_risk_periods
from ..numerics.ranking import distinct, number_until
from .curve_kernels import Tally, tally


@dataclass(frozen=True)
class RiskTable:
    """Sums of weights at each of K distinct times (events or censorings); causes are columns.

    ``first`` and ``last`` are per row; ``emptied`` says why the curve is not of one population
    (empty text if it is); ``entry_times`` and ``entries`` are the weights entering, by time.
    """

    times: Floats
    n_risk: Floats
    n_event: Floats
    n_enter: Floats
    n_censor: Floats
    first: Ints
    last: Ints
    people: AtRiskPeriods
    entry_times: Floats
    entries: Floats
    emptied: str


def risk_table(
    stop: Floats,
    start: Floats | None,
    cause: Ints,
    n_causes: int,
    weights: Floats,
    id: ArrayLike | None,
) -> RiskTable:
    """Count risk sets. ``cause`` is coded 0 (censored), 1 ... ``n_causes``; arrays are checked."""
    people = at_risk_periods(id, start, stop, cause)
    times = distinct(stop if people.ids is None else stop[people.leaves])
    last = number_until(times, stop)
    first = np.zeros_like(last) if start is None else number_until(times, start)
    sums = tally(first, last, people.enters, people.leaves, cause, weights, len(times), n_causes)
    rows = (np.cumsum(sums.n_coming) - np.cumsum(sums.n_going))[: len(times)]
    at_risk = standing(sums.coming, sums.going)
    # Where every row at risk fails the curve must reach its end exactly, whatever the rounding.
    at_risk = np.where(rows == sums.n_events, sums.events.sum(axis=1), at_risk)
    entry_times, entries = _entries(start, people, weights)
    return RiskTable(
        times=times,
        n_risk=at_risk,
        n_event=sums.events,
        n_enter=sums.entered,
        n_censor=sums.censored,
        first=first,
        last=last,
        people=people,
        entry_times=entry_times,
        entries=entries,
        emptied=_emptied(times, rows, sums, start),
    )


def standing(coming: Floats, going: Floats) -> Floats:
    """Came less went, from whichever end has the smaller running total.

    Tables are by time (first axis). Forward alone loses a small early risk set before many late
    entries, backward a small late one.
    """
    came, went = np.cumsum(coming, axis=0)[:-1], np.cumsum(going, axis=0)[:-1]
    to_go = np.cumsum(going[::-1], axis=0)[::-1][1:]
    to_come = np.cumsum(coming[::-1], axis=0)[::-1][1:]
    return np.where(came <= to_go, came - went, to_go - to_come)


def _entries(start: Floats | None, people: AtRiskPeriods, weights: Floats) -> tuple[Floats, Floats]:
    if start is None:
        return np.zeros(0), np.zeros(0)
    if people.ids is not None:
        start, weights = start[people.enters], weights[people.enters]
    times = distinct(start)
    rank = number_until(times, start) - 1
    entered = np.bincount(rank, weights, minlength=len(times))
    return times, entered.astype(np.float64)


def _emptied(times: Floats, rows: Ints, sums: Tally, start: Floats | None) -> str:
    """Why the curve after some time is not that of the people before it; empty if it is."""
    if start is None:
        return ""
    if (rows == sums.n_events)[:-1].any():
        return "everyone at risk had the event before others entered: the curve stays at its end"
    gone = np.flatnonzero((rows == sums.n_going[1:])[:-1])
    if any(not (start == times[k]).any() for k in gone):
        return "nobody was at risk for a while: the curve is level there and goes on after it"
    return ""
