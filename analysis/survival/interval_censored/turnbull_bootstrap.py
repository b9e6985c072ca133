"""Intervals for the non-parametric curve of interval-censored onset, by the bootstrap."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from ..arguments import Floats, labels, vector
from ..bootstrap import cluster_bootstrap
from .mixed_censoring import onset_times
from .turnbull import survival_bounds, turnbull

NO_STD_ERROR = (
    "no standard error: where looks are at any time the estimate converges at the cube root of n "
    "and is not normal"
)


@dataclass(frozen=True)
class TurnbullInterval:
    """Bootstrap limits of S at ``times``.

    ``lower`` is the limit of S's lower bound, ``upper`` that of its upper one. ``survival_lower``,
    ``survival_upper`` are the bounds themselves (see :func:`survival_bounds`). ``std_error_status``
    and ``std_error_reason`` say why there is no standard error. ``status`` is that of the
    bootstrap: ``ok``, ``flagged`` where ``n_failed`` replicates had no estimate, ``not_estimable``
    where too many.
    """

    times: Floats
    survival_lower: Floats
    survival_upper: Floats
    lower: Floats
    upper: Floats
    level: float
    n_failed: int
    status: str
    reason: str
    std_error_status: str = "not_available"
    std_error_reason: str = NO_STD_ERROR


def turnbull_interval(  # noqa: PLR0913 - the data, where to read, and how to draw
    lower: ArrayLike,
    upper: ArrayLike,
    times: ArrayLike,
    *,
    entry: ArrayLike | None = None,
    cluster: ArrayLike | None = None,
    replicates: int = 500,
    seed: int,
    name: str,
    level: float = 0.95,
) -> TurnbullInterval:
    """Percentile limits of Turnbull's S(t) from people (or ``cluster``) sampled with replacement.

    The limits are right where assessments fall on few distinct days, so that each of them is met by
    many people: the estimate is then that of a multinomial and converges at the root of n. Where
    assessments are at any time the bootstrap of this estimate is known to be inconsistent (Abrevaya
    and Huang 2005; Sen and Banerjee 2007): then use a parametric or piecewise curve. ``seed`` and
    ``name`` determine every replicate.

    Shapes: ``lower, upper, entry, cluster`` (n,) as for :func:`turnbull`, ``times`` (M,), all in
    one unit of time.
    Errors: ``ValueError`` naming the argument and the first offending index.
    Source: Yu, Li and Wong (1998) for few assessments; Efron and Tibshirani (1993).

    >>> low, high = [0, 0, 2, 2, 4, 4] * 5, [2, 2, 4, 4, np.inf, np.inf] * 5
    >>> limits = turnbull_interval(low, high, [2], replicates=50, seed=1, name="doc")
    >>> limits.survival_lower.round(3).tolist(), limits.status
    ([0.667], 'ok')
    """
    onset, at = onset_times(lower, upper, entry=entry), vector("times", times)
    n = len(onset.lower)
    group = np.arange(n) if cluster is None else labels("cluster", cluster, n)
    assert group is not None

    def bounds(weight: Floats) -> Floats:
        drawn = weight[group] > 0
        found = turnbull(
            onset.lower[drawn],
            onset.upper[drawn],
            entry=onset.entry[drawn],
            weights=weight[group][drawn],
        )
        if found.status == "not_estimable":
            return np.full(2 * len(at), np.nan)
        read = survival_bounds(found, at)
        return np.concatenate([read.lower, read.upper])

    size = int(group.max(initial=-1)) + 1
    drawn = cluster_bootstrap(
        bounds, max(size, 1), replicates=replicates, seed=seed, name=name, level=level
    )
    low, high = np.split(drawn.observed, 2)
    return TurnbullInterval(
        times=at,
        survival_lower=low,
        survival_upper=high,
        lower=np.split(drawn.lower, 2)[0],
        upper=np.split(drawn.upper, 2)[1],
        level=level,
        n_failed=drawn.n_failed,
        status=drawn.status,
        reason=drawn.reason,
    )
