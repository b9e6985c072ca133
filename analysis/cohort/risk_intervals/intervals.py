"""Risk intervals ``(start, stop]``: one row a person and period over which nothing changes.

A boundary is a day on which a value starts to act or ends: a new laboratory value, the end of its
validity, a parathyroidectomy (older values end there). No value is ever from the future. The days
and the event of every period are conserved, and that is checked here, at run time.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.cohort.bucket import Days
from analysis.cohort.laboratory.known_values import Series
from analysis.cohort.risk_intervals.interval_kernels import likely_rows, most_rows, split
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
    """Split each period ``(entry, exit]``; columns person, start, stop, state and each analyte.

    ``person`` (n) are row numbers of the bucket, one an at-risk period, in the order of people and
    days; ``state`` the code of the exit; values are NaN where none is known. ``state`` of a row is
    0 but for the last of a period.
    """
    position, days, value = _by_person(series, int(person.max(initial=-1)) + 1)
    at_risk_periods = np.stack([entry, exit_, parathyroidectomy])
    lag, valid = float(exposures.lag_days), float(exposures.valid_days)
    begin, rows = _split(person, at_risk_periods, position, days, value, lag, valid)
    start, stop, *values = rows
    row_state = np.zeros(len(start), dtype=np.int64)
    row_state[begin[1:] - 1] = state
    _conserve(begin, exit_ - entry, state, stop - start, row_state)
    owner = np.repeat(person, np.diff(begin))
    columns = {"person": owner, "start": start, "stop": stop, "state": row_state}
    # not copied: the columns are nobody else's
    return pd.DataFrame(columns | dict(zip(series, values, strict=True)), copy=False)


def _split(
    person: NDArray[np.int64],
    at_risk_periods: NDArray[np.float64],
    position: NDArray[np.int64],
    days: NDArray[np.float32],
    value: NDArray[np.float64],
    lag: float,
    valid: float,
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """As ``split``: where the rows of each period begin, and the rows.

    Room for what is likely first: what lies far apart in memory costs as much as the work itself.
    """
    for room in (likely_rows, most_rows):
        rows = np.empty((2 + len(position), room(person, position)))
        begin = split(person, at_risk_periods, position, days, value, lag, valid, rows)
        if len(begin):
            break
    return begin, rows[:, : begin[-1]]


def _by_person(
    series: dict[str, Series], n: int
) -> tuple[NDArray[np.int64], NDArray[np.float32], NDArray[np.float64]]:
    """Where the values of each analyte and person begin; of all, days known and sampled; values."""
    position = np.zeros((len(series), n + 1), dtype=np.int64)
    size = sum(len(values.person) for values in series.values())
    days, value = np.empty((2, size), dtype=np.float32), np.empty(size)
    low = 0
    for row, values in enumerate(series.values()):
        high = low + len(values.person)
        position[row, 1:] = np.cumsum(np.bincount(values.person, minlength=n)[:n])
        position[row] += low
        days[0, low:high], days[1, low:high] = values.day, values.sampled
        value[low:high] = values.value
        low = high
    return position, days, value


def _conserve(
    begin: NDArray[np.int64],
    period_days: Days,
    state: NDArray[np.int64],
    row_days: Days,
    row_state: NDArray[np.int64],
) -> None:
    """Of every period, whose rows ``begin`` there; days are whole, so their sums are exact."""
    if not np.array_equal(_sums(row_days, begin), period_days):
        raise ConservationError("person-days differ after splitting")
    if not np.array_equal(_sums(row_state, begin), state):
        raise ConservationError("events differ after splitting")


def _sums(column: NDArray, begin: NDArray[np.int64]) -> NDArray:
    """Period by period; each has a row at least."""
    return np.add.reduceat(column, begin[:-1]) if len(column) else column
