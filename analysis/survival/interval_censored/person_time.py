"""Exact and right-censored times as cells of person-time: the same likelihood in far fewer rows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from ..arguments import Floats, follow_up, indicator


@dataclass(frozen=True)
class PersonTimeCells:
    """Rows for the parametric models: free of the event at ``entry``, a weight a row."""

    lower: Floats
    upper: Floats
    entry: Floats
    weights: Floats
    event_times: Floats


def person_time_cells(
    stop: ArrayLike, event: ArrayLike, *, start: ArrayLike | None = None
) -> PersonTimeCells:
    """Person-time and events between all distinct times: few rows with the same likelihood.

    A person's ``Λ(stop) − Λ(start)`` is the sum over the cells they pass, so the likelihood of n
    people is that of at most two weighted rows a cell: those who pass it, and those who have the
    event at its end. Linear in people, and a fit costs what the distinct days cost.

    Shapes: ``stop, event, start`` (n,), intervals ``(start, stop]`` in any one unit of time.
    Errors: ``ValueError`` naming the argument and the first offending index.
    Source: Holford (1980), Biometrics 36:299, for rates from person-time.

    >>> rows = person_time_cells([3, 3, 5], [1, 0, 1])
    >>> rows.entry.tolist(), rows.upper.tolist(), rows.weights.tolist()
    ([0.0, 0.0, 3.0], [inf, 3.0, 5.0], [2.0, 1.0, 1.0])
    """
    stop_, start_ = follow_up(stop, start)
    begin = np.zeros_like(stop_) if start_ is None else start_
    event_ = indicator("event", event, len(stop_))
    times = np.unique(np.concatenate([begin, stop_]))
    came = np.bincount(np.searchsorted(times, begin), minlength=len(times))
    gone = np.bincount(np.searchsorted(times, stop_), minlength=len(times))
    events = np.bincount(np.searchsorted(times, stop_[event_ == 1]), minlength=len(times))[1:]
    within = np.cumsum(came - gone)[:-1]
    passing = within - events
    left, right = times[:-1], times[1:]
    some, ends = passing > 0, events > 0
    return PersonTimeCells(
        lower=np.concatenate([right[some], right[ends]]),
        upper=np.concatenate([np.full(int(some.sum()), np.inf), right[ends]]),
        entry=np.concatenate([left[some], left[ends]]),
        weights=np.concatenate([passing[some], events[ends]]).astype(np.float64),
        event_times=np.sort(stop_[event_ == 1]),
    )


def event_free_cells(lower: ArrayLike, *, entry: ArrayLike) -> PersonTimeCells:
    """Person-time from ``entry`` to ``lower`` of people free of the event, as weighted cells.

    People for whom the two are one day say nothing and have no row.

    Shapes: ``lower, entry`` (n,), in any one unit of time.
    Errors: ``ValueError`` naming the argument and the first offending index.
    Source: Holford (1980), Biometrics 36:299.

    >>> rows = event_free_cells([3, 3, 5], entry=[0, 0, 3])
    >>> rows.entry.tolist(), rows.lower.tolist(), rows.weights.tolist()
    ([0.0, 3.0], [3.0, 5.0], [2.0, 1.0])
    """
    last, first = np.asarray(lower, dtype=np.float64), np.asarray(entry, dtype=np.float64)
    said = last > first
    return person_time_cells(last[said], np.zeros(int(said.sum())), start=first[said])
