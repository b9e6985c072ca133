"""Risk intervals ``(start, stop]``: one row a person and stretch over which nothing changes.

A boundary is a day on which a value starts to act or ends: a new laboratory value, the end of its
validity, a parathyroidectomy (older values end there). No value is ever from the future. The days
and the event of every stay are conserved, and that is checked here, at run time.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.cohort.bucket import Days
from analysis.cohort.interval_kernels import split
from analysis.cohort.laboratory import Series
from analysis.study import Exposures


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
    position, known = _by_person(series, int(person.max(initial=-1)) + 1)
    stays = np.stack([entry, exit_, parathyroidectomy])
    lag, valid = float(exposures.lag_days), float(exposures.valid_days)
    owner, start, stop, values = split(person, stays, position, known, lag, valid)
    last = np.append(owner[1:] != owner[:-1], True) if len(owner) else np.zeros(0, dtype=bool)
    row_state = np.zeros(len(owner), dtype=np.int64)
    row_state[last] = state
    _conserve(owner, exit_ - entry, state, stop - start, row_state)
    columns = {"person": person[owner], "start": start, "stop": stop, "state": row_state}
    # not copied: the columns are nobody else's
    return pd.DataFrame(columns | dict(zip(series, values, strict=True)), copy=False)


def _by_person(series: dict[str, Series], n: int) -> tuple[NDArray[np.int64], Days]:
    """Where the values of each analyte and person begin, and all of them: known, sampled, value."""
    position = np.zeros((len(series), n + 1), dtype=np.int64)
    known = np.empty((3, sum(len(values.person) for values in series.values())))
    low = 0
    for row, values in enumerate(series.values()):
        position[row] = low + np.searchsorted(values.person, np.arange(n + 1))
        high = low + len(values.person)
        for line, column in zip(known, (values.day, values.sampled, values.value), strict=True):
            line[low:high] = column
        low = high
    return position, known


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
