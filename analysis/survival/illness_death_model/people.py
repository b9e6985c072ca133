"""What is known of people who may fall ill unseen between two assessments and then die."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..arguments import (
    Floats,
    Ints,
    case_weights,
    refuse,
    require_length,
    states,
    vector,
)


@dataclass(frozen=True)
class IllnessDeathPeople:
    """Checked arrays of shape (n,), in one unit of time since the origin.

    Onset lies in ``(last_negative, first_positive]``; equal bounds are an exact onset,
    ``first_positive`` infinite an onset never seen, which may still have come after the last
    clean look. ``exit_state``: 0 alive at ``exit``, 1 died then, 2, 3, … left for another reason.
    """

    last_negative: Floats
    first_positive: Floats
    exit: Floats
    exit_state: Ints
    entry: Floats
    free_at_entry: NDArray[np.bool_]
    weights: Floats

    @property
    def seen(self) -> NDArray[np.bool_]:
        """Onset was seen, at whatever precision."""
        return np.isfinite(self.first_positive)

    @property
    def died_after_seen_onset(self) -> NDArray[np.bool_]:
        out: NDArray[np.bool_] = self.seen & (self.exit_state == 1)
        return out


def illness_death_people(
    last_negative: ArrayLike,
    first_positive: ArrayLike,
    exit_: ArrayLike,
    exit_state: ArrayLike,
    *,
    entry: ArrayLike | None,
    free_at_entry: ArrayLike | None,
    weights: ArrayLike | None,
) -> IllnessDeathPeople:
    """Check them; ``ValueError`` naming the argument and the first offending index.

    People free of onset at entry (everyone, if ``free_at_entry`` is ``None``) have
    ``last_negative`` no earlier than entry; for the others it may be 0. Onset seen on or before
    entry is prevalent and has no place here.
    """
    x = vector("exit_", exit_)
    n = len(x)
    low = vector("last_negative", last_negative, n)
    high = np.ascontiguousarray(first_positive, dtype=np.float64)
    if high.ndim != 1:
        raise ValueError(f"first_positive must be one-dimensional, has {high.ndim} dimensions")
    require_length("first_positive", high, n)
    state = states("exit_state", exit_state, n)
    start = np.zeros(n) if entry is None else vector("entry", entry, n)
    free = np.ones(n, bool) if free_at_entry is None else np.asarray(free_at_entry, dtype=bool)
    require_length("free_at_entry", free, n)
    refuse("entry", start < 0, "is negative")
    refuse("exit_", x <= start, "is not after entry")
    refuse("last_negative", low < np.where(free, start, 0.0), "is before what is known at entry")
    refuse("last_negative", low > x, "is after exit_")
    refuse("first_positive", np.isnan(high), "is not a number")
    refuse("first_positive", high < low, "is before last_negative")
    refuse("first_positive", high <= start, "is not after entry")
    refuse("first_positive", np.isfinite(high) & (high > x), "is after exit_")
    return IllnessDeathPeople(low, high, x, state, start, free, case_weights(weights, n))
