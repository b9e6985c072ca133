"""Risk intervals ``(start, stop]``: one row a person and stretch over which nothing changes.

A boundary is a day on which a value starts to act or ends: a new laboratory value, the end of its
validity, a parathyroidectomy (older values end there). No value is ever from the future. The days
and the event of every stay are conserved, and that is checked here, at run time.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.cohort.bucket import NEVER, Days
from analysis.cohort.laboratory import Series, latest, person_day
from analysis.study import Exposures

CALENDAR = 2**26  # days that are marked at a time


class ConservationError(AssertionError):
    """Splitting lost or made person-days or events: a fault of this program, not of the data."""


def risk_intervals(
    person: NDArray[np.int64],
    entry: Days,
    exit_: Days,
    state: NDArray[np.int64],
    parathyroidectomy: Days,
    series: dict[str, Series],
    exposures: Exposures,
) -> pd.DataFrame:
    """Split each stay ``(entry, exit]``; columns person, start, stop, state and each analyte.

    ``person`` (n) are row numbers of the bucket, one a stay, in the order of people and days;
    ``state`` the code of the exit; values are NaN where none is known. ``state`` of a row is 0 but
    for the last of a stay.
    """
    cuts_person, cuts_day = _cuts(person, parathyroidectomy, series, exposures)
    owner, start, stop = _split(person, entry, exit_, cuts_person, cuts_day)
    last = np.append(owner[1:] != owner[:-1], True) if len(owner) else np.zeros(0, dtype=bool)
    row_state = np.zeros(len(owner), dtype=np.int64)
    row_state[last] = state
    who = person[owner]
    columns = {
        name: known_value(values, who, start, parathyroidectomy[owner], exposures)
        for name, values in series.items()
    }
    _conserve(owner, exit_ - entry, state, stop - start, row_state)
    return pd.DataFrame(
        {"person": who, "start": start, "stop": stop, "state": row_state, **columns}
    )


def known_value(
    series: Series,
    person: NDArray[np.int64],
    day: Days,
    parathyroidectomy: Days,
    exposures: Exposures,
) -> NDArray[np.float64]:
    """The value acting just after ``day``: the last one known, if still valid, NaN otherwise.

    A value of day *d* acts on ``(d + lag, d + lag + valid]``; a value sampled on the day of
    a parathyroidectomy or before it does not act after it.
    """
    at = latest(series, person, day - exposures.lag_days)
    value = np.full(len(person), np.nan)
    found = np.flatnonzero(at >= 0)
    taken = series.day[at[found]]
    age = day[found] - exposures.lag_days - taken
    operation = parathyroidectomy[found]
    operated = (operation <= day[found]) & (series.sampled[at[found]] <= operation)
    good = (age < exposures.valid_days) & ~operated
    value[found[good]] = series.value[at[found[good]]]
    return value


def _cuts(
    person: NDArray[np.int64],
    parathyroidectomy: Days,
    series: dict[str, Series],
    exposures: Exposures,
) -> tuple[NDArray[np.int64], Days]:
    owners, days = [person], [parathyroidectomy]
    for values in series.values():
        acts = values.day + exposures.lag_days
        owners += [values.person, values.person]
        days += [acts, acts + exposures.valid_days]
    return np.concatenate(owners), np.concatenate(days)


def _split(
    person: NDArray[np.int64],
    entry: Days,
    exit_: Days,
    cuts_person: NDArray[np.int64],
    cuts_day: Days,
) -> tuple[NDArray[np.int64], Days, Days]:
    """Starts and stops, in the order of stays and days; ``owner`` indexes the stays."""
    owner = _stay_of(person, entry, cuts_person, cuts_day)
    after, before = np.append(entry, NEVER), np.append(exit_, NEVER)  # the last: of no stay
    within = np.flatnonzero((cuts_day > after[owner]) & (cuts_day < before[owner]))
    owner, start = _in_order(owner[within], cuts_day[within], entry, exit_)
    stop = exit_[owner].copy()
    same = owner[1:] == owner[:-1]
    stop[:-1][same] = start[1:][same]
    return owner, start, stop


def _in_order(
    owner: NDArray[np.int64], day: Days, entry: Days, exit_: Days
) -> tuple[NDArray[np.int64], Days]:
    """Each owner's entry and the days of its own within ``(entry, exit)``, sorted, each once.

    Marked on one calendar of everybody's days, which is quicker than a sort; a stretch of it at a
    time, so that memory is bounded.
    """
    length = np.maximum(exit_ - entry, 1).astype(np.int64)
    ends = np.cumsum(length)
    first = ends - length
    cell = np.concatenate([first, (day + (first - entry)[owner]).astype(np.int64)])
    whole = int(ends[-1]) if len(ends) else 0
    parts = [np.zeros(0, dtype=np.int64)]
    for low in range(0, whole, CALENDAR):
        marked = np.zeros(min(CALENDAR, whole - low), dtype=bool)
        here = cell if whole <= CALENDAR else cell[(cell >= low) & (cell < low + CALENDAR)]
        marked[here - low] = True
        parts.append(np.flatnonzero(marked) + low)
    at = np.concatenate(parts)
    bounds = np.searchsorted(at, np.append(first, whole))
    owner = np.repeat(np.arange(len(entry)), np.diff(bounds))
    return owner, entry[owner] + (at - first[owner])


def _stay_of(
    person: NDArray[np.int64], entry: Days, cuts_person: NDArray[np.int64], cuts_day: Days
) -> NDArray[np.int64]:
    """The last stay of each cut's person that begins before it, else the first; −1: no stay."""
    position = np.full(int(max(person.max(initial=-1), cuts_person.max(initial=-1))) + 1, -1)
    position[person[::-1]] = np.arange(len(person))[::-1]
    owner = position[cuts_person]
    again = np.append(False, person[1:] == person[:-1])[: len(person)]
    if not again.any():
        return owner
    several = np.flatnonzero(np.isin(cuts_person, person[again]))
    keys = person_day(person, entry)
    found = np.searchsorted(keys, person_day(cuts_person[several], cuts_day[several])) - 1
    owner[several] = np.maximum(found, owner[several])
    return owner


def _conserve(
    owner: NDArray[np.int64],
    stay_days: Days,
    state: NDArray[np.int64],
    row_days: Days,
    row_state: NDArray[np.int64],
) -> None:
    """Of every stay; days are whole numbers, so their sums are exact."""
    n = len(state)
    if not np.array_equal(np.bincount(owner, row_days, n), stay_days):
        raise ConservationError("person-days differ after splitting")
    if not np.array_equal(np.bincount(owner, row_state, n), state):
        raise ConservationError("events differ after splitting")
