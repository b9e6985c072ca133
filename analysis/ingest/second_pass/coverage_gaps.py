"""Dated rows that lie outside every period of a person's coverage."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

DAY_BITS, LEAST_DAY = 33, 2**32  # days since 1970 as numbers from 0, below those of the next person
NEVER = np.iinfo(np.int64).min


class Coverage(NamedTuple):
    """Periods ``[start, end)`` of persons, in days since 1970; they may overlap."""

    person: NDArray[np.int32]
    start: NDArray[np.int32]
    end: NDArray[np.int32]


def outside_coverage(
    person: NDArray[np.int32], day: NDArray[np.int32], coverage: Coverage
) -> NDArray[np.bool_]:
    """Whether each row's day is in no period of its person.

    By the furthest end among the periods of the person that began by the row's day.
    """
    order = np.lexsort((coverage.start, coverage.person))
    start, end = (
        _key(coverage.person[order], days[order]) for days in (coverage.start, coverage.end)
    )
    furthest = np.append(np.maximum.accumulate(end), NEVER)  # the last: none began by then
    key = _key(person, day)
    return furthest[np.searchsorted(start, key, side="right") - 1] <= key


def _key(person: NDArray[np.int32], day: NDArray[np.int32]) -> NDArray[np.int64]:
    """Person and day as one number; a period of one person never reaches the next."""
    return (person.astype(np.int64) << DAY_BITS) + day + LEAST_DAY
