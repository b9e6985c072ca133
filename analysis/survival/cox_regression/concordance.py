"""Concordance of a score with the order of events, under late entry, weights and strata."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from .. import arguments
from ..arguments import Floats, Ints
from .concordance_kernels import count_pairs
from .residuals import of_fit
from .result import CoxResult
from .scores import by_group


@dataclass(frozen=True)
class Concordance:
    """``estimate`` = (concordant + tied / 2) / (concordant + discordant + tied), or a reason.

    Pairs are weighted; ``tied_time`` and ``tied_both`` (same event time, and same score too) are
    not comparable. ``std_error`` is the infinitesimal jackknife by cluster.
    """

    status: str
    reason: str
    estimate: float | None
    std_error: float | None
    concordant: float
    discordant: float
    tied: float
    tied_time: float
    tied_both: float


def concordance(fit: CoxResult) -> Concordance:
    """:func:`concordance_of` the fitted linear predictor, within strata."""
    kept = of_fit(fit)
    p = kept.X.shape[1]
    eta = kept.offset + sum((kept.X[:, j] * kept.at.beta[j] for j in range(p)), np.zeros(1))
    return _count(eta, kept.stop, kept.event, kept.start, kept.weight, kept.stratum, kept.cluster)


def concordance_of(
    score: ArrayLike,
    stop: ArrayLike,
    event: ArrayLike,
    *,
    start: ArrayLike | None = None,
    weights: ArrayLike | None = None,
    strata: ArrayLike | None = None,
    cluster: ArrayLike | None = None,
) -> Concordance:
    """Each event against everyone at risk at its time: a higher score should fail first.

    ``score`` (n) is any number that grows with the risk. Someone censored at the event's time is
    at risk, someone entering at it is not. All arrays have n rows; illegal ones are a
    ``ValueError``. Harrell 1982; with entry and the variance Therneau & Watson 2015.
    """
    stop_, start_ = arguments.follow_up(stop, start)
    n = len(stop_)
    return _count(
        arguments.vector("score", score, n),
        stop_,
        arguments.indicator("event", event, n),
        start_,
        arguments.case_weights(weights, n),
        arguments.strata("strata", strata, n)[0],
        arguments.labels("cluster", cluster, n),
    )


def _count(
    score: Floats,
    stop: Floats,
    event: Ints,
    start: Floats | None,
    weight: Floats,
    stratum: Ints,
    cluster: Ints | None,
) -> Concordance:
    pairs, ties = np.zeros((len(stop), 3)), np.zeros(2)
    entry = np.full(len(stop), -1.0) if start is None else start
    members = np.split(np.argsort(stratum, kind="stable"), np.cumsum(np.bincount(stratum))[:-1])
    for rows in members:
        pairs[rows] = _one_stratum(
            score[rows], stop[rows], event[rows], entry[rows], weight[rows], ties
        )
    # every pair is counted once from either side
    concordant, discordant, tied = (weight @ pairs) / 2
    counts = (concordant, discordant, tied, ties[0] - ties[1], ties[1])
    comparable = concordant + discordant + tied
    if comparable == 0:
        return Concordance("not_estimable", "no comparable pair", None, None, *counts)
    estimate = (concordant + tied / 2) / comparable
    influence = pairs[:, 0] + pairs[:, 2] / 2 - estimate * pairs.sum(axis=1)
    influence *= weight / comparable
    if cluster is not None:
        influence = by_group(influence[:, None], cluster, int(cluster.max()) + 1)[:, 0]
    return Concordance("ok", "", estimate, float(np.sqrt(np.sum(influence**2))), *counts)


def _one_stratum(
    score: Floats, stop: Floats, event: Ints, start: Floats, weight: Floats, ties: Floats
) -> Floats:
    rank = np.unique(score, return_inverse=True)[1].astype(np.int64).reshape(-1) + 1
    pairs = np.zeros((len(stop), 3))
    walk = np.stack([np.argsort(-start, kind="stable"), np.lexsort((rank, event, -stop))])
    count_pairs(np.stack([start, stop]), event, rank, weight, walk, pairs, ties)
    return pairs
