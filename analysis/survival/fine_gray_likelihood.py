"""The weighted partial likelihood of a subdistribution hazard, without expanding rows.

With event times ``t_k`` and ``g`` as in ``subdistribution_weights``, the risk-set moments are

    S_k = Σ_{start < t_k <= stop} r (1, x)  +  g_k · Σ_{competing, T < t_k} r (1, x) / g(T),

an ordinary risk-set sum and a forward cumulative sum: neither subtracts. With
``dΛ_k = d_k / S0_k`` and ``B_k = Σ_{j<=k} g_j dΛ_j`` a row's multiplier is
``A = Λ(stop) − Λ(start) + (B(∞) − B(T)) / g(T)``.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analysis.survival.arguments import Floats, Ints
from analysis.survival.fine_gray_kernels import kept_tables, weighted_moments
from analysis.survival.risk_sets import RiskSets, sums


@dataclass(frozen=True)
class SubdistributionData:
    """One row a person. ``X`` is centred; ``first <= k < last`` are the event times at risk.

    ``sets`` are the ordinary risk sets, ``X_kept`` the rows of X in them in their order.

    ``share`` is ``1 / g(T)`` for the rows kept after a competing event, else 0; ``g`` is that of
    the event times; ``events`` are the rows with the event of interest, at times ``event_time``.
    """

    X: Floats
    sets: RiskSets
    X_kept: Floats
    weights: Floats
    first: Ints
    last: Ints
    share: Floats
    events: Ints
    event_time: Ints
    n_event: Floats
    g: Floats


@dataclass(frozen=True)
class SubdistributionFit:
    """Likelihood and its derivatives at ``beta``; ``means`` are ``S1_k / S0_k``."""

    beta: Floats
    log_likelihood: float
    score: Floats
    information: Floats
    spread: Floats
    risk: Floats
    multiplier: Floats
    hazard: Floats
    means: Floats


def evaluate(data: SubdistributionData, beta: Floats) -> SubdistributionFit | None:
    """Everything at ``beta``; ``None`` where a risk-set sum is not positive and finite."""
    eta, risk, kept = kept_tables(data.X, beta, data.weights, data.last, data.share, len(data.g))
    moments = sums(data.sets, data.X_kept, risk[data.sets.order])
    moments += data.g[:, None] * np.cumsum(kept, axis=0)[:-1]
    s0 = moments[:, 0]
    if not (np.isfinite(moments).all() and (s0 > 0).all()):
        return None
    means = np.ascontiguousarray(moments[:, 1:] / s0[:, None])
    hazard = data.n_event / s0
    upto, to_come = before(hazard), after(data, hazard)
    multiplier = upto[data.last] - upto[data.first] + data.share * to_come[data.last]
    drift, total = weighted_moments(data.X, risk * multiplier)
    w = data.weights[data.events]
    gain = np.array([np.sum(w * column) for column in data.X[data.events].T])
    return SubdistributionFit(
        beta=beta,
        log_likelihood=float(np.sum(w * eta[data.events]) - np.sum(data.n_event * np.log(s0))),
        score=gain - drift,
        information=total - weighted_moments(means, data.n_event)[1],
        spread=np.diag(total),
        risk=risk,
        multiplier=multiplier,
        hazard=hazard,
        means=means,
    )


def before(steps: Floats) -> Floats:
    """``Σ_{j < k} step_j`` for k = 0 ... number of times (first axis)."""
    return np.concatenate([np.zeros((1, *steps.shape[1:])), np.cumsum(steps, axis=0)])


def after(data: SubdistributionData, steps: Floats) -> Floats:
    """``Σ_{j >= k} g_j step_j`` for k = 0 ... number of times: summed backward, nothing cancels."""
    weighted = (data.g * steps.T).T
    tail = np.cumsum(weighted[::-1], axis=0)[::-1]
    return np.concatenate([tail, np.zeros((1, *steps.shape[1:]))])
