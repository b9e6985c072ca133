"""Sandwich variances of a subdistribution hazard model: weights as known, and as estimated."""

from __future__ import annotations

import numpy as np

from ..arguments import Floats, Ints
from ..cox_regression.likelihood_kernels import add_by_group
from ..numerics.chunks import even, in_lanes
from ..numerics.ranking import number_before, number_until
from . import fine_gray_kernels as kernels
from .fine_gray_likelihood import (
    SubdistributionData,
    SubdistributionFit,
    after,
    at_risk_sums,
    before,
    kept_by,
    multiplier,
    products,
)
from .subdistribution_weights import SubdistributionWeights


def score_residuals(data: SubdistributionData, fit: SubdistributionFit) -> Floats:
    """Padded rows: ``w δ (x − m) − r (x A − Σ m dΛ)``, with g as known; zero for the one."""
    steps = fit.means * fit.hazard[:, None]
    to_come, exposure = after(data, steps), multiplier(data, fit)
    out = at_risk_sums(data, steps)
    edges = even(len(out))

    def lane(which: int) -> None:
        part = slice(edges[which], edges[which + 1])
        risk, share = fit.risk[part], data.share[part]
        rows, last = data.rows[part], data.last[part]
        kernels.expected_residuals(rows, risk, exposure[part], last, share, to_come, out[part])

    in_lanes(len(edges) - 1, lane)
    kernels.add_events(data.rows, data.weights, data.event_time, fit.means, out)
    return out


def add_weight_residuals(
    data: SubdistributionData,
    fit: SubdistributionFit,
    weights: SubdistributionWeights,
    stop: Floats,
    residuals: Floats,
) -> None:
    """Add what estimating G and H adds to each person's influence on the score.

    With ``q(u) = Σ_{competing, T <= u} r/g(T) Σ_{t_k > u} g_k (x − m_k) dΛ_k`` and Y(u) those
    exposed to censoring, ``∫ q(u) / Y(u) dM(u)`` over the person's martingale of censoring (Fine
    and Gray 1999, appendix, and ``crr``); less the same for the reverse hazard of entry.
    """
    for leaving, sign in ((weights.censoring, 1.0), (weights.entry, -1.0)):
        if leaving is None or not len(leaving.times):
            continue
        q = _pull(data, fit, leaving.times, stop)
        exposed = leaving.stays + leaving.moves
        # Where all exposed move at once g is 0 beyond, and so is q.
        pull = np.where(leaving.stays[:, None] > 0, q / exposed[:, None], 0.0)
        drift = before(pull * (leaving.moves / exposed)[:, None])
        span = np.column_stack([leaving.first, leaving.last, leaving.moved])
        kernels.follow(span, pull, drift, sign * data.weights, residuals)


def _pull(
    data: SubdistributionData, fit: SubdistributionFit, times: Floats, stop: Floats
) -> Floats:
    """``q`` at each of ``times``: times × padded columns."""
    # Competing rows by the first of `times` at or after their T.
    table = kept_by(data, fit.risk, number_before(times, stop), len(times) + 1)
    by_now = np.cumsum(table, axis=0)[:-1]
    position = number_until(data.sets.times, times)
    to_come = after(data, fit.hazard)[position]
    to_come_means = after(data, fit.means * fit.hazard[:, None])[position]
    return by_now * to_come[:, None] - by_now[:, :1] * to_come_means


def sandwich(bread: Floats, residuals: Floats, cluster: Ints | None) -> Floats:
    """``I⁻¹ (Σ_c u_c u_cᵀ) I⁻¹`` with padded residuals summed within clusters."""
    summed, p = residuals, len(bread)
    if cluster is not None:
        summed = np.zeros((int(cluster.max(initial=-1)) + 1, residuals.shape[1]))
        add_by_group(residuals, np.ones(len(residuals)), cluster, summed)
    each = np.ones(len(summed))
    return bread @ products(summed, each, each, p) @ bread
