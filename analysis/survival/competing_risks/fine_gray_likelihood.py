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

from ..arguments import Floats, Ints
from ..cox_regression.likelihood import padded_row, range_sums, square
from ..numerics.chunks import even, folded, in_lanes
from ..risk_set_sums import product_kernels
from ..risk_set_sums import risk_sets as at_risk
from ..risk_set_sums.risk_sets import RiskSets
from .fine_gray_kernels import add_kept, kept_tables


@dataclass(frozen=True)
class SubdistributionData:
    """One row a person. ``X`` is less ``centre``; it is at risk at times ``first <= k < last``.

    ``rows`` are a one, X, zeros (:mod:`row_kernels`): those in the ordinary risk ``sets``, in
    their order, then the others.

    ``share`` is ``1 / g(T)`` for the rows kept after a competing event, else 0; ``g`` is that of
    the event times; ``event_time`` is the number of the time of an event of interest, -1 without
    one, ``n_event`` the weight of the events by time, ``gain`` Σ w x over them.
    """

    rows: Floats
    n_columns: int
    sets: RiskSets
    weights: Floats
    first: Ints
    last: Ints
    share: Floats
    event_time: Ints
    n_event: Floats
    gain: Floats
    g: Floats
    centre: Floats

    @property
    def X(self) -> Floats:  # noqa: N802 - as in the papers
        """Centred covariates: n × p, a view."""
        return self.rows[:, 1 : self.n_columns + 1]


@dataclass(frozen=True)
class SubdistributionFit:
    """Likelihood and its derivatives at ``beta``.

    ``means`` are ``(S0_k, S1_k) / S0_k``, padded as the rows are.
    """

    beta: Floats
    log_likelihood: float
    score: Floats
    risk: Floats
    hazard: Floats
    means: Floats


def evaluate(data: SubdistributionData, beta: Floats) -> SubdistributionFit:
    """Log-likelihood (minus infinity where a risk-set sum is 0 or infinite) and score."""
    p, n = len(beta), len(data.sets.order)
    risk, kept = _scores(data, beta)
    moments = at_risk.row_sums(data.sets, data.rows[:n], risk[:n])
    moments += data.g[:, None] * np.cumsum(kept, axis=0)[:-1]
    s0 = moments[:, 0].copy()
    if not (np.isfinite(moments).all() and (s0 > 0).all()):
        return SubdistributionFit(beta, -np.inf, np.full(p, np.nan), risk, s0, moments)
    means = moments / s0[:, None]
    return SubdistributionFit(
        beta=beta,
        log_likelihood=float(data.gain @ beta - np.sum(data.n_event * np.log(s0))),
        score=data.gain - (data.n_event @ means)[1 : p + 1],
        risk=risk,
        hazard=data.n_event / s0,
        means=means,
    )


def multiplier(data: SubdistributionData, fit: SubdistributionFit) -> Floats:
    """The cumulative hazard that each row is exposed to: A."""
    kept = data.share * after(data, fit.hazard)[data.last]
    return kept + at_risk_sums(data, fit.hazard[:, None])[:, 0]


def at_risk_sums(data: SubdistributionData, steps: Floats) -> Floats:
    """``steps`` (times × columns) summed over the event times at which each row is at risk."""
    out, n = np.zeros((len(data.rows), steps.shape[1])), len(data.sets.order)
    out[:n] = range_sums(data.sets, steps, np.zeros_like(steps))
    return out


def information(data: SubdistributionData, fit: SubdistributionFit) -> tuple[Floats, Floats]:
    """Observed information, and the diagonal of its first, uncentred, part."""
    p = len(fit.beta)
    rows = products(data.rows, fit.risk, multiplier(data, fit), p)
    of_means = products(fit.means, data.n_event, np.ones(len(data.g)), p)
    return rows - of_means, np.diag(rows).copy()


def _scores(data: SubdistributionData, beta: Floats) -> tuple[Floats, Floats]:
    """``w exp(xᵀβ)`` by row, and that of the rows kept over g(T), by first event time after T."""
    risk, b = np.empty(len(data.rows)), padded_row(beta)
    edges = even(len(risk))

    def lane(which: int) -> Floats:
        table, part = np.zeros((len(data.g) + 1, len(b))), slice(edges[which], edges[which + 1])
        weights, last, share = data.weights[part], data.last[part], data.share[part]
        kept_tables(data.rows[part], b, weights, last, share, risk[part], table)
        return table

    return risk, folded(in_lanes(len(edges) - 1, lane))


def kept_by(data: SubdistributionData, risk: Floats, place: Ints, n_places: int) -> Floats:
    """``Σ r (1, x) / g(T)`` over the rows kept after a competing event, by ``place``: padded."""
    table = np.zeros((n_places, data.rows.shape[1]))
    add_kept(data.rows, risk, data.share, place, table)
    return table


def products(rows: Floats, r: Floats, share: Floats, p: int) -> Floats:
    """``Σ r share x xᵀ`` over padded rows: p × p."""
    edges, width = even(len(rows)), rows.shape[1]

    def lane(which: int) -> Floats:
        out = np.zeros((width, width))
        product_kernels.cross_product(rows, r, share, edges[which], edges[which + 1], out)
        return out

    return square(folded(in_lanes(len(edges) - 1, lane)), p)


def before(steps: Floats) -> Floats:
    """``Σ_{j < k} step_j`` for k = 0 ... number of times (first axis)."""
    return np.concatenate([np.zeros((1, *steps.shape[1:])), np.cumsum(steps, axis=0)])


def after(data: SubdistributionData, steps: Floats) -> Floats:
    """``Σ_{j >= k} g_j step_j`` for k = 0 ... number of times: summed backward, nothing cancels."""
    weighted = (data.g * steps.T).T
    tail = np.cumsum(weighted[::-1], axis=0)[::-1]
    return np.concatenate([tail, np.zeros((1, *steps.shape[1:]))])
