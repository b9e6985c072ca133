"""What a non-parametric curve is once estimated, and its value at any time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from ..arguments import Floats, Ints, vector


@dataclass(frozen=True)
class CurveAt:
    """A curve at ``times`` (M,): arrays (M,), or M × causes for cumulative incidences."""

    times: Floats
    estimate: Floats
    std_error: Floats
    lower: Floats
    upper: Floats
    n_risk: Floats


@dataclass(frozen=True)
class Curve:
    """An estimated right-continuous step function, at the K distinct times at which someone leaves.

    ``times, n_risk, n_enter, n_censor`` have K entries. ``estimate, std_error, lower, upper`` and
    ``n_event`` have K entries for a survival or hazard curve (``causes`` is ``None``), K × causes
    for cumulative incidences. ``before`` is the value before the first time. Counts are sums of
    weights: ``n_risk`` just before each time, ``n_enter`` those who came since the previous time
    (who enters *at* a time is not at risk at it). Limits are NaN where the interval has none.

    ``status``: ``ok``; ``no_event`` (the curve is level, without an interval); ``risk_set_emptied``
    (nobody was left at risk before others entered: the numbers are those of the product limit
    carried on, and ``reason`` says which way it failed); ``not_estimable``.
    """

    times: Floats
    n_risk: Floats
    n_event: Floats
    n_enter: Floats
    n_censor: Floats
    estimate: Floats
    std_error: Floats
    lower: Floats
    upper: Floats
    status: str
    reason: str
    before: float
    conf: str
    variance: str
    entry_times: Floats
    entries: Floats
    causes: Ints | None = None

    def at(self, times: ArrayLike) -> CurveAt:
        """Value, limits and number at risk at any times (one or several, finite, in any order).

        Before the first time the value is ``before``, its standard error 0, its limits NaN.
        ``n_risk`` at *t* is the weight with ``start < t <= stop``; at time 0, of those who enter
        there. After the last time the curve is carried on level, with nobody at risk.
        """
        asked = vector("times", np.atleast_1d(times))
        step = np.searchsorted(self.times, asked, side="right")
        return CurveAt(
            times=asked,
            estimate=_step(self.estimate, step, self.before),
            std_error=_step(self.std_error, step, 0.0),
            lower=_step(self.lower, step, np.nan),
            upper=_step(self.upper, step, np.nan),
            n_risk=self._at_risk(asked),
        )

    def _at_risk(self, asked: Floats) -> Floats:
        coming = np.searchsorted(self.times, asked, side="left")
        n_risk = np.append(self.n_risk, 0.0)[coming]
        if len(self.entry_times) == 0:
            return n_risk
        # Between two times nobody leaves: take off those who enter from t until the next time.
        entered = np.append(0.0, np.cumsum(self.entries))
        side = np.where(asked == 0, asked, np.nextafter(asked, -np.inf))
        by_now = np.searchsorted(self.entry_times, side, side="right")
        by_next = np.searchsorted(self.entry_times, np.append(self.times, np.inf), side="left")
        later = entered[by_next[coming]] - entered[by_now]
        return np.where(coming < len(self.times), n_risk - later, 0.0)


def _step(values: Floats, step: Ints, before: float) -> Floats:
    first = np.full((1, *values.shape[1:]), before)
    return np.concatenate([first, values])[step]


def verdict(n_rows: int, n_events: float, emptied: str) -> tuple[str, str]:
    """Status and reason of a curve."""
    if n_rows == 0:
        return "not_estimable", "no rows"
    if n_events == 0:
        return "no_event", "no event: the curve is level and has no interval"
    if emptied:
        return "risk_set_emptied", emptied
    return "ok", ""
