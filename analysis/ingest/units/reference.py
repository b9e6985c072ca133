"""Reference distribution of an analyte: level, spread between and within centres.

All in octaves (log2 of the value in the canonical unit). The level is the median of the centres'
levels, each centre once, without the centre judged; only centres whose level is plausible as
declared take part. With fewer than three others the published band of centre medians stands in.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from data_schema.declarations import Analyte

Octaves = NDArray[np.float64]

TRIM = 0.1
FEWEST_OTHERS = 3
FEWEST_ROWS = 10
BETWEEN_FLOOR, BETWEEN_SHARE = 0.1, 0.25  # least spread of centres: 7 %, a quarter of `within`
WITHIN_FLOOR = 0.1
SCALE_LEAST, SCALE_DEVIATIONS, FEWEST_TO_SCALE = 0.5, 1.5, 10
NEW_PEOPLE = 0.05  # of a later quarter's results, those of new people
NORMAL_IQR, NORMAL_MAD = 1.349, 1.4826


@dataclass(frozen=True)
class Reference:
    """Per series of an analyte: level expected, its standard deviation; within-centre spread."""

    level: Octaves  # NaN: nothing to judge by
    between: Octaves
    within: float
    by_band: NDArray[np.bool_]  # judged by the published band: too few other centres
    scale: float = 1.0  # of the variance of a centre's level, as this registry's centres show it

    def variance(self, series: NDArray[np.int64], people: NDArray[np.float64]) -> Octaves:
        """Variance of a level of ``people`` about what is expected of ``series``; octaves²."""
        return self.scale * (self.between[series] ** 2 + self.within**2 / people)


class Values(NamedTuple):
    """Bins of a histogram: the cell that each belongs to, its middle (octaves) and its count."""

    cell: NDArray[np.int64]
    at: Octaves
    n: NDArray[np.int64]


class Located(NamedTuple):
    """Level (trimmed mean), interquartile range and size of each group; octaves."""

    level: Octaves
    iqr: Octaves
    n: NDArray[np.float64]


def located(group: NDArray[np.int64], at: Octaves, n: NDArray[np.int64], groups: int) -> Located:
    """Trimmed mean (a tenth at each end), interquartile range and size of grouped values.

    ``group`` (0 to ``groups`` - 1), ``at`` and ``n``: group, middle and count of each bin. A group
    without a bin has size 0 and no level (NaN).
    """
    found = Located(np.full(groups, np.nan), np.full(groups, np.nan), np.zeros(groups))
    if len(group) == 0:
        return found
    order = np.lexsort((at, group))
    ids, first, bins = np.unique(group[order], return_index=True, return_counts=True)
    middle, count = at[order], n[order].astype(np.float64)
    total = np.add.reduceat(count, first)
    size = np.repeat(total, bins)
    running = np.cumsum(count)
    high = running - np.repeat(running[first] - count[first], bins)
    kept = np.minimum(high, (1 - TRIM) * size) - np.maximum(high - count, TRIM * size)
    weight = np.clip(kept, 0.0, None)
    found.level[ids] = np.add.reduceat(weight * middle, first) / np.add.reduceat(weight, first)
    quarter, three = (middle[_reaches(high, size, share, first)] for share in (0.25, 0.75))
    found.iqr[ids] = three - quarter
    found.n[ids] = total
    return found


def _reaches(
    high: NDArray[np.float64], size: NDArray[np.float64], share: float, first: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Index of the first cell of each group at which the running count reaches ``share``."""
    below = (high < share * size).astype(np.int64)
    return first + np.add.reduceat(below, first)


def people_behind(
    group: NDArray[np.int64], column: NDArray[np.int64], n: NDArray, groups: int
) -> NDArray[np.float64]:
    """About how many people a group of cells holds: those of its fullest quarter, and new ones.

    ``group``, ``column`` (quarter) and ``n`` of each cell. The same people are measured again
    quarter after quarter, so results are not independent.
    """
    columns = int(column.max()) + 1 if len(column) else 1
    counts = np.bincount(group * columns + column, n, minlength=groups * columns)
    quarters = counts.reshape(groups, columns)
    fullest, whole = quarters.max(axis=1), quarters.sum(axis=1)
    return np.maximum(fullest + NEW_PEOPLE * (whole - fullest), 1.0)


def reference(
    analyte: Analyte,
    series: Located,
    judged: NDArray[np.bool_],
    people: NDArray[np.float64],
) -> Reference:
    """What each series (a centre and the unit that it declares) is compared with.

    ``judged``: whether it may take part; ``people``: about how many stand behind each level.
    """
    level, n = series.level, series.n
    band = np.log2(analyte.plausible_median) if analyte.plausible_median else None
    taken = judged & (n >= FEWEST_ROWS)
    within = _within(series.iqr[taken])
    if band is not None:
        taken = taken & (level >= band[0]) & (level <= band[1])
    others = taken.sum() - taken
    expected = _median_of_others(level, taken)
    noise = float(np.median(within**2 / people[taken])) if taken.any() else 0.0
    between = np.full(len(level), _between(level[taken], noise, within))
    variance = between[taken] ** 2 + within**2 / people[taken]
    scale = _scale(level[taken] - expected[taken], variance)
    few = others < FEWEST_OTHERS
    if band is None:
        return Reference(np.where(few, np.nan, expected), between, within, few & False, scale)
    middle, quarter = float(band.mean()), float(band[1] - band[0]) / 4
    return Reference(
        np.where(few, middle, expected),
        np.where(few, quarter, between),
        within,
        few,
        scale,
    )


def _scale(off: Octaves, variance: Octaves) -> float:
    """How much less than ``variance`` the centres' levels vary: 0.5 to 1.

    People are counted too low for an analyte that few have measured in a quarter, and the least
    spread of centres may be too wide; so the registry's own spread counts, at the upper end of
    what it may be. 0.455 is the median of a squared standard normal; a variance by medians is worth
    0.37 of the values.
    """
    if len(off) < FEWEST_TO_SCALE:
        return 1.0
    found = float(np.median(off**2 / variance)) / 0.455
    upper = found * (1 + SCALE_DEVIATIONS * np.sqrt(2 / (0.37 * len(off))))
    return float(np.clip(upper, SCALE_LEAST, 1.0))


def _within(iqr: Octaves) -> float:
    if len(iqr) == 0:
        return 1.0
    return max(float(np.median(iqr)) / NORMAL_IQR, WITHIN_FLOOR)


def _between(level: Octaves, noise: float, within: float) -> float:
    """Standard deviation between centres beyond sampling noise, by the median deviation."""
    least = max(BETWEEN_FLOOR, BETWEEN_SHARE * within)
    if len(level) == 0:
        return least
    spread = NORMAL_MAD * float(np.median(np.abs(level - np.median(level))))
    return float(np.sqrt(max(spread**2 - noise, least**2)))


def _median_of_others(level: Octaves, taken: NDArray[np.bool_]) -> Octaves:
    """For each series the median of the levels taken, its own left out."""
    values = np.sort(level[taken])
    size = len(values)
    if size < 2:
        return np.full(len(level), np.nan)
    place = np.where(taken, np.searchsorted(values, level), size)
    left = size - taken.astype(np.int64)

    def nth(k: NDArray[np.int64]) -> Octaves:
        return values[np.minimum(k + (k >= place), size - 1)]

    return (nth((left - 1) // 2) + nth(left // 2)) / 2
