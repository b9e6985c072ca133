"""The log-rank test."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import chdtrc

from ..arguments import (
    Floats,
    Ints,
    case_weights,
    follow_up,
    indicator,
    labels,
)
from ..numerics.ranking import distinct, number_until
from ..people import spells
from .at_risk import standing


@dataclass(frozen=True)
class RankTest:
    """Chi-squared statistic with its degrees of freedom; observed and expected events by group.

    ``groups`` are the labels in sorted order; ``covariance`` is that of observed less expected.
    ``status`` ``not_estimable`` or ``not_available`` comes with a ``reason`` and NaN statistics.
    """

    groups: np.ndarray
    observed: Floats
    expected: Floats
    covariance: Floats
    statistic: float
    degrees_of_freedom: int
    p_value: float
    status: str
    reason: str


def logrank(
    stop: ArrayLike,
    event: ArrayLike,
    group: ArrayLike,
    *,
    start: ArrayLike | None = None,
    weights: ArrayLike | None = None,
    id: ArrayLike | None = None,
    strata: ArrayLike | None = None,
) -> RankTest:
    """Are the hazards of the groups equal at every time, within strata?

    Observed less expected, ``O_g − Σ_k d_k n_gk / n_k``, with hypergeometric covariance
    ``Σ_k d_k (n_k − d_k) / (n_k − 1) · p_g (δ_gh − p_h)``, ``p_g = n_gk / n_k``; summed over
    strata. Late entry enters through n_gk alone. A weight is a number of like rows. ``group`` may
    change between rows of an ``id``.

    Mantel (1966); Peto and Peto (1972).
    """
    stop_, start_ = follow_up(stop, start)
    rows = len(stop_)
    event_ = indicator("event", event, rows)
    weights_ = case_weights(weights, rows)
    codes = labels("group", group, rows)
    assert codes is not None
    spells(id, start_, stop_, event_)  # refuses overlapping rows of one person
    names = np.unique(np.asarray(group))
    stratum = labels("strata", strata, rows)
    parts = [slice(None)] if stratum is None else [stratum == s for s in np.unique(stratum)]
    observed, expected = np.zeros(len(names)), np.zeros(len(names))
    covariance = np.zeros((len(names), len(names)))
    for part in parts:
        o, e, v = _moments(
            stop_[part],
            None if start_ is None else start_[part],
            event_[part],
            codes[part],
            weights_[part],
            len(names),
        )
        observed += o
        expected += e
        covariance += v
    return rank_test(names, observed, expected, covariance)


def rank_test(
    names: np.ndarray, observed: Floats, expected: Floats, covariance: Floats
) -> RankTest:
    """``(O − E)ᵀ V⁻ (O − E)`` on as many degrees of freedom as V has rank."""
    if len(names) == 0 or not covariance.any():
        reason = "no time at which an event could have been in more than one group"
        return RankTest(
            names, observed, expected, covariance, np.nan, 0, np.nan, "not_estimable", reason
        )
    excess = observed - expected
    statistic = float(excess @ np.linalg.pinv(covariance, rcond=1e-10, hermitian=True) @ excess)
    freedom = int(np.linalg.matrix_rank(covariance, tol=1e-10 * covariance.max(), hermitian=True))
    p_value = float(chdtrc(freedom, statistic))
    return RankTest(names, observed, expected, covariance, statistic, freedom, p_value, "ok", "")


def _moments(
    stop: Floats, start: Floats | None, event: Ints, group: Ints, weights: Floats, n_groups: int
) -> tuple[Floats, Floats, Floats]:
    times = distinct(stop[event == 1])
    last = number_until(times, stop)
    first = np.zeros_like(last) if start is None else number_until(times, start)
    shape = (len(times) + 1, n_groups)

    def by_time(rank: Ints, weight: Floats) -> Floats:
        flat = np.bincount(rank * n_groups + group, weight, minlength=shape[0] * shape[1])
        return flat.astype(np.float64).reshape(shape)

    at_risk = standing(by_time(first, weights), by_time(last, weights))
    events = by_time(last - (event == 1), weights * event)[:-1]
    n, d = at_risk.sum(axis=1), events.sum(axis=1)
    share = at_risk / n[:, None]
    # A single row at risk says nothing of its group; neither do times where all at risk fail.
    spread = np.divide(d * (n - d), n - 1, out=np.zeros_like(n), where=n > 1)
    covariance = np.diag(spread @ share) - np.einsum("k,kg,kh->gh", spread, share, share)
    return events.sum(axis=0), d @ share, covariance
