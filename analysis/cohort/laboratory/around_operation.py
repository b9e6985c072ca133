"""Laboratory values before and after a parathyroidectomy, one row a person operated on.

Before: the last value on or up to 90 days before the operation. After: the first value in the
protocol's window after it. The day of the sample counts here, not that of its result.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from analysis.cohort.laboratory.known_values import Series, latest
from analysis.study import Study

BEFORE_DAYS = 90


def operated_labs(study: Study, people: pd.DataFrame, series: dict[str, Series]) -> pd.DataFrame:
    """Columns person, ``before_<analyte>``, ``after_<analyte>`` (NaN where there is no value)."""
    low, high = study.parathyroidectomy.lab_window_days
    day = people["parathyroidectomy"].to_numpy()
    who = np.flatnonzero(people["in_cohort"].to_numpy() & (day <= people["leave"].to_numpy()))
    columns = {}
    operated = np.zeros(len(people), dtype=bool)
    operated[who] = True
    for name, known in series.items():
        values = _by_sample(known, operated[known.person])
        columns[f"before_{name}"] = _before(values, who, day[who])
        columns[f"after_{name}"] = _after(values, who, day[who], low, high)
    return pd.DataFrame({"person": people["person"].to_numpy()[who], **columns})


def _by_sample(known: Series, wanted: np.ndarray) -> Series:
    rows = np.flatnonzero(wanted)
    order = rows[np.lexsort((known.sampled[rows], known.person[rows]))]
    sampled = known.sampled[order]
    return Series(known.person[order], sampled, sampled, known.value[order])


def _before(values: Series, person: np.ndarray, day: np.ndarray) -> np.ndarray:
    if len(values.person) == 0:
        return np.full(len(person), np.nan)
    at = latest(values, person, day)
    return _taken(values, at, (at >= 0) & (day - values.day[np.maximum(at, 0)] <= BEFORE_DAYS))


def _after(values: Series, person: np.ndarray, day: np.ndarray, low: int, high: int) -> np.ndarray:
    if len(values.person) == 0:
        return np.full(len(person), np.nan)
    at = latest(values, person, day + low - 1)
    first = np.where(at >= 0, at, np.searchsorted(values.person, person) - 1) + 1
    inside = np.minimum(first, len(values.person) - 1)
    good = (first < len(values.person)) & (values.person[inside] == person)
    good &= values.day[inside] <= day + high
    return _taken(values, inside, good)


def _taken(values: Series, at: np.ndarray, good: np.ndarray) -> np.ndarray:
    out = np.full(len(at), np.nan)
    out[good] = values.value[at[good]]
    return out
