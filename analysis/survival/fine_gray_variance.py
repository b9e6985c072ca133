"""Sandwich variances of a subdistribution hazard model: weights as known, and as estimated."""

from __future__ import annotations

import numpy as np

from analysis.survival.arguments import Floats, Ints
from analysis.survival.fine_gray_kernels import expected_residuals, follow
from analysis.survival.fine_gray_likelihood import (
    SubdistributionData,
    SubdistributionFit,
    after,
    before,
)
from analysis.survival.ranking import number_until
from analysis.survival.risk_set_kernels import cross_product
from analysis.survival.risk_sets import symmetric
from analysis.survival.subdistribution_weights import SubdistributionWeights


def score_residuals(data: SubdistributionData, fit: SubdistributionFit) -> Floats:
    """Rows × p: ``w δ (x − m) − r (x A − Σ m dΛ)``, with g as known."""
    steps = fit.means * fit.hazard[:, None]
    span = np.stack([data.first, data.last])
    out = expected_residuals(
        data.rows, fit.risk, fit.multiplier, span, data.share, before(steps), after(data, steps)
    )
    gain = data.X[data.events] - fit.means[data.event_time]
    out[data.events] += data.weights[data.events, None] * gain
    return out


def weight_residuals(
    data: SubdistributionData,
    fit: SubdistributionFit,
    weights: SubdistributionWeights,
    event_times: Floats,
    stop: Floats,
) -> Floats:
    """Rows × p: what estimating G and H adds to each person's influence on the score.

    With ``q(u) = Σ_{competing, T <= u} r/g(T) Σ_{t_k > u} g_k (x − m_k) dΛ_k`` and Y(u) those
    exposed to censoring, ``∫ q(u) / Y(u) dM(u)`` over the person's martingale of censoring (Fine
    and Gray 1999, appendix, and ``crr``); less the same for the reverse hazard of entry.
    """
    out = np.zeros(data.X.shape)
    for leaving, sign in ((weights.censoring, 1.0), (weights.entry, -1.0)):
        if leaving is None or not len(leaving.times):
            continue
        q = _pull(data, fit, leaving.times, event_times, stop)
        exposed = leaving.stays + leaving.moves
        # Where all exposed move at once g is 0 beyond, and so is q.
        pull = np.where(leaving.stays[:, None] > 0, q / exposed[:, None], 0.0)
        drift = before(pull * (leaving.moves / exposed)[:, None])
        span = np.stack([leaving.first, leaving.last, leaving.moved])
        follow(span, pull, drift, sign * data.weights, out)
    return out


def _pull(
    data: SubdistributionData,
    fit: SubdistributionFit,
    times: Floats,
    event_times: Floats,
    stop: Floats,
) -> Floats:
    """``q`` at each of ``times``."""
    rows = np.flatnonzero(data.share)
    share = fit.risk[rows] * data.share[rows]
    # Competing rows by the first of `times` at or after their T.
    place, size = np.searchsorted(times, stop[rows], side="left"), len(times) + 1
    columns = [share, *(share * column for column in data.X[rows].T)]
    table = np.column_stack([np.bincount(place, column, minlength=size) for column in columns])
    by_now = np.cumsum(table, axis=0)[:-1]
    position = number_until(event_times, times)
    to_come = after(data, fit.hazard)[position]
    to_come_means = after(data, fit.means * fit.hazard[:, None])[position]
    return by_now[:, 1:] * to_come[:, None] - by_now[:, :1] * to_come_means


def sandwich(bread: Floats, residuals: Floats, cluster: Ints | None) -> Floats:
    """``I⁻¹ (Σ_c u_c u_cᵀ) I⁻¹`` with residuals summed within clusters."""
    summed = residuals
    if cluster is not None:
        size = int(cluster.max(initial=-1)) + 1
        summed = np.column_stack(
            [np.bincount(cluster, column, minlength=size) for column in residuals.T]
        )
    meat = np.zeros_like(bread)
    cross_product(np.ascontiguousarray(summed), np.ones(len(summed)), 0, len(summed), meat)
    return bread @ symmetric(meat) @ bread
