"""The weighted partial likelihood of a subdistribution hazard, without expanding rows.

With event times ``t_k`` and ``g`` as in ``subdistribution_weights``, the risk-set moments are

    S_k = Σ_{start < t_k <= stop} r (1, x)  +  g_k · Σ_{competing, T < t_k} r (1, x) / g(T),

an ordinary sum and a forward cumulative sum. With ``dΛ_k = d_k / S0_k`` and ``B_k = Σ_{j<=k} g_j
dΛ_j`` a row's multiplier is ``A = Λ(stop) − Λ(start) + (B(∞) − B(T)) / g(T)``.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analysis.survival.arguments import Floats, Ints
from analysis.survival.fine_gray_kernels import cross_product, kept_tables, risk_tables


@dataclass(frozen=True)
class SubdistributionData:
    """One row a person. ``X`` is centred; ``first <= k < last`` are the event times at risk.

    ``competing`` are the rows kept after a competing event, ``g_stop`` their g(T), ``g`` that of
    the event times; ``events`` are the rows with the event of interest, at times ``event_time``.
    """

    X: Floats
    weights: Floats
    first: Ints
    last: Ints
    events: Ints
    event_time: Ints
    n_event: Floats
    g: Floats
    competing: Ints
    g_stop: Floats


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
    eta = data.X @ beta
    with np.errstate(over="ignore", invalid="ignore"):
        risk = data.weights * np.exp(eta)
        moments = _moments(data, risk)
    s0 = moments[:, 0]
    if not (np.isfinite(moments).all() and (s0 > 0).all()):
        return None
    means = moments[:, 1:] / s0[:, None]
    hazard = data.n_event / s0
    multiplier = spans(data, hazard[:, None])[:, 0]
    expected = risk * multiplier
    w = data.weights[data.events]
    total = cross_product(data.X, expected)
    return SubdistributionFit(
        beta=beta,
        log_likelihood=float(w @ eta[data.events] - data.n_event @ np.log(s0)),
        score=w @ data.X[data.events] - expected @ data.X,
        information=total - cross_product(np.ascontiguousarray(means), data.n_event),
        spread=np.diag(total),
        risk=risk,
        multiplier=multiplier,
        hazard=hazard,
        means=means,
    )


def _moments(data: SubdistributionData, risk: Floats) -> Floats:
    shape = (len(data.g) + 1, data.X.shape[1] + 1)
    coming, going, kept = np.zeros(shape), np.zeros(shape), np.zeros(shape)
    risk_tables(data.X, risk, data.first, data.last, coming, going)
    kept_tables(data.X, risk[data.competing] / data.g_stop, data.competing, data.last, kept)
    # One direction for the moments of a time: that in which S0 cancels least.
    forward = np.cumsum(coming[:, 0])[:-1] <= np.cumsum(going[::-1, 0])[::-1][1:]
    ahead = np.cumsum(coming - going, axis=0)[:-1]
    behind = np.cumsum((going - coming)[::-1], axis=0)[::-1][1:]
    ordinary = np.where(forward[:, None], ahead, behind)
    return ordinary + data.g[:, None] * np.cumsum(kept, axis=0)[:-1]


def spans(data: SubdistributionData, steps: Floats) -> Floats:
    """For every row, the sum of ``steps`` (times × q) over when it counts, weighted by how much."""
    upto = np.concatenate([np.zeros((1, steps.shape[1])), np.cumsum(steps, axis=0)])
    out = upto[data.last] - upto[data.first]
    out[data.competing] += after(data, steps)[data.last[data.competing]] / data.g_stop[:, None]
    return out


def after(data: SubdistributionData, steps: Floats) -> Floats:
    """``Σ_{j >= k} g_j step_j`` for k = 0 ... number of times: summed backward, nothing cancels."""
    weighted = data.g[:, None] * steps
    return np.concatenate([np.cumsum(weighted[::-1], axis=0)[::-1], np.zeros((1, steps.shape[1]))])
