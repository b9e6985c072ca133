"""Where a non-parametric estimate of onset can put mass, and who says what about it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..arguments import Floats, Ints
from .mixed_censoring import OnsetTimes


@dataclass(frozen=True)
class Support:
    """Innermost intervals in order: ``(left, right]``, or the point ``left`` where ``point``."""

    left: Floats
    right: Floats
    point: NDArray[np.bool_]


@dataclass(frozen=True)
class SurvivalTable:
    """All that the likelihood needs, by interval of support.

    With δ_j the cumulative hazard spent in interval j, the log-likelihood is
    −Σ_j free_j δ_j + Σ_k weight_k log(1 − exp(−Σ_{first_k ≤ j ≤ last_k} δ_j)).
    ``free`` (J,): weight of people who entered before j and are known to be free of onset after
    it. ``first``, ``last``, ``weight`` (K,): distinct sets of intervals in which onset lies.
    """

    free: Floats
    first: Ints
    last: Ints
    weight: Floats


def support_and_table(onset: OnsetTimes) -> tuple[Support, SurvivalTable]:
    """Intervals that can carry mass under interval censoring and late entry.

    Mass moves left at no cost until it would cross the lower end of someone's interval, and
    right until it would cross an upper end or an entry: so an interval starts at a lower end,
    and ends at the next boundary if that is an upper end or an entry. The entries are the
    correction of Frydman (1994) and Alioum and Commenges (1996) to Turnbull (1976).
    """
    times = np.unique(np.concatenate([onset.lower, onset.upper, onset.entry]))

    def after(values: Floats) -> Ints:
        return 2 * np.searchsorted(times, values) + 1

    begins = after(onset.lower) - onset.exact  # an exact time may be reached, not only passed
    ends, entries = after(onset.upper), after(onset.entry)
    codes = np.unique(np.concatenate([begins, ends, entries]))
    opens = np.isin(codes, begins)[:-1] & np.isin(codes, np.concatenate([ends, entries]))[1:]
    start, stop = codes[:-1][opens], codes[1:][opens]
    point = start % 2 == 0
    support = Support(times[start // 2], times[stop // 2], point)

    first, last = np.searchsorted(start, begins), np.searchsorted(stop, ends, side="right") - 1
    entered = np.searchsorted(start, entries)
    size = len(start)
    change = np.bincount(entered, onset.weights, size + 1)
    change -= np.bincount(first, onset.weights, size + 1)
    # A count of people is a sum of weights that must cancel to exactly zero where no one is left.
    someone = np.cumsum(np.bincount(entered, minlength=size + 1))
    someone -= np.cumsum(np.bincount(first, minlength=size + 1))
    free = np.where(someone > 0, np.cumsum(change), 0.0)[:size]

    pairs, which = np.unique(np.column_stack([first, last]), axis=0, return_inverse=True)
    weight = np.bincount(which.reshape(-1), onset.weights).astype(np.float64)
    return support, SurvivalTable(free, pairs[:, 0], pairs[:, 1], weight)
