"""Sandwich variances of a subdistribution hazard model: weights as fixed, and as estimated."""

from __future__ import annotations

import numpy as np

from analysis.survival.arguments import Floats, Ints
from analysis.survival.fine_gray_likelihood import (
    SubdistributionData,
    SubdistributionFit,
    after,
    spans,
)
from analysis.survival.ranking import number_until
from analysis.survival.subdistribution_weights import Leaving, SubdistributionWeights


def score_residuals(data: SubdistributionData, fit: SubdistributionFit) -> Floats:
    """Rows × p: ``w δ (x − m) − r (x A − Σ m dΛ)``, sums as in ``spans``, g as known."""
    drift = spans(data, fit.means * fit.hazard[:, None])
    out = fit.risk[:, None] * (drift - data.X * fit.multiplier[:, None])
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
    out = _follow(data, fit, weights.censoring, event_times, stop)
    if weights.entry is not None:
        out -= _follow(data, fit, weights.entry, event_times, stop)
    return out


def _follow(
    data: SubdistributionData,
    fit: SubdistributionFit,
    leaving: Leaving,
    event_times: Floats,
    stop: Floats,
) -> Floats:
    q = _pull(data, fit, leaving.times, event_times, stop)
    exposed = leaving.stays + leaving.moves
    # Where all exposed move at once g is 0 beyond, and so is q.
    pull = np.where(leaving.stays[:, None] > 0, q / exposed[:, None], 0.0)
    drift = pull * (leaving.moves / exposed)[:, None]
    upto = np.concatenate([np.zeros((1, q.shape[1])), np.cumsum(drift, axis=0)])
    out = upto[leaving.first] - upto[leaving.last]
    moved = leaving.moved >= 0
    out[moved] += pull[leaving.moved[moved]]
    return out * data.weights[:, None]


def _pull(
    data: SubdistributionData,
    fit: SubdistributionFit,
    times: Floats,
    event_times: Floats,
    stop: Floats,
) -> Floats:
    """``q`` at each of ``times``."""
    rows = data.competing
    share = fit.risk[rows] / data.g_stop
    n_times, p = len(times), data.X.shape[1]
    # Competing rows by the first of `times` at or after their T.
    place = np.searchsorted(times, stop[rows], side="left")
    table = np.zeros((n_times + 1, p + 1))
    table[:, 0] = np.bincount(place, share, minlength=n_times + 1)
    for j in range(p):
        table[:, j + 1] = np.bincount(place, share * data.X[rows, j], minlength=n_times + 1)
    by_now = np.cumsum(table, axis=0)[:-1]
    position = number_until(event_times, times)
    to_come = after(data, fit.hazard[:, None])[position]
    to_come_means = after(data, fit.means * fit.hazard[:, None])[position]
    return by_now[:, 1:] * to_come - by_now[:, :1] * to_come_means


def sandwich(bread: Floats, residuals: Floats, cluster: Ints | None) -> Floats:
    """``I⁻¹ (Σ_c u_c u_cᵀ) I⁻¹`` with residuals summed within clusters."""
    summed = residuals
    if cluster is not None:
        size = int(cluster.max(initial=-1)) + 1
        columns = [np.bincount(cluster, column, minlength=size) for column in residuals.T]
        summed = np.column_stack(columns)
    moved = summed @ bread
    return moved.T @ moved
