"""Whether the time of the event depends on the time of entry, among those who overlap."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import norm

from ..arguments import Floats, Ints, follow_up, indicator
from .quasi_independence_kernels import concordance_of_entry


@dataclass(frozen=True)
class ConditionalTau:
    """Conditional Kendall's tau of entry and event; ``std_error`` is that without dependence."""

    tau: float
    std_error: float
    z: float
    p_value: float
    n_pairs: float
    n_event: int
    status: Literal["ok", "not_estimable"]
    reason: str


def conditional_kendall(start: ArrayLike, stop: ArrayLike, event: ArrayLike) -> ConditionalTau:
    """Conditional Kendall's tau of entry and event time: (concordant − discordant) / comparable.

    A pair is comparable where both were at risk at the earlier of the two times, that time is an
    event and not tied, and the entries differ. In each risk set, of n with d events, a row scores
    those who entered later less those who entered earlier; without dependence the d events are a
    draw without replacement, so the variance is ``Σ d (n − d)/(n − 1) · (n³ − Σ g³)/(3n)``, g the
    sizes of groups with one entry time. Without ties that is Tsai's ``Σ (n² − 1)/3``. Late entry is
    ignorable only under quasi-independence.

    Shapes: ``start, stop, event`` (n,), intervals ``(start, stop]`` in any one unit of time.
    Errors: ``ValueError`` naming the argument and the first offending index.
    Source: Tsai (1990); Martin and Betensky (2005), for censored times.

    >>> test = conditional_kendall([0, 1, 2, 1], [3, 4, 5, 6], [1, 1, 1, 0])
    >>> round(test.tau, 4), test.n_pairs
    (0.6, 5.0)
    """
    stop_, start_ = follow_up(stop, start)
    assert start_ is not None
    event_ = indicator("event", event, len(stop_))
    n_event = int(event_.sum())
    if n_event == 0:
        return ConditionalTau(np.nan, np.nan, np.nan, np.nan, 0.0, 0, "not_estimable", "no event")
    score, variance, pairs = _walk(start_, stop_, event_)
    if pairs == 0 or variance == 0:
        reason = "no two people with different entries can be compared"
        return ConditionalTau(
            np.nan, np.nan, np.nan, np.nan, pairs, n_event, "not_estimable", reason
        )
    error = float(np.sqrt(variance))
    z = float(score / error)
    return ConditionalTau(
        float(score / pairs),
        error / float(pairs),
        z,
        float(2 * norm.sf(abs(z))),
        float(pairs),
        n_event,
        "ok",
        "",
    )


def _walk(start: Floats, stop: Floats, event: Ints) -> tuple[float, float, float]:
    entries, rank = np.unique(start, return_inverse=True)
    times = np.unique(stop[event == 1])
    by_start, by_stop = np.argsort(start, kind="stable"), np.argsort(stop, kind="stable")
    rows = by_stop[event[by_stop] == 1]
    ends = np.searchsorted(stop[rows], times, side="right")
    score, variance, pairs = concordance_of_entry(
        rank.astype(np.int64).reshape(-1),
        len(entries),
        by_start,
        by_stop,
        np.searchsorted(start[by_start], times, side="left").astype(np.int64),
        np.searchsorted(stop[by_stop], times, side="left").astype(np.int64),
        np.insert(rows, ends, -1).astype(np.int64),
    )
    return float(score), float(variance), float(pairs)
