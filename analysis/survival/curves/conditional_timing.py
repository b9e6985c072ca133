"""When events of one cause fall, among those that fall by a horizon: shares and quantiles."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy import stats
from scipy.special import expit, logit, ndtri

from ..arguments import Floats
from .curve import Curve

Z = float(ndtri(0.975))


@dataclass(frozen=True)
class ConditionalShare:
    """``G(t) = F(t) / F(τ)`` at one time, 95 % limits; NaN where not estimable."""

    estimate: float
    std_error: float
    lower: float
    upper: float
    n_event: float
    n_by_horizon: float
    status: Literal["ok", "flagged", "not_estimable"]
    reason: str


@dataclass(frozen=True)
class ConditionalQuantile:
    """The first time at which G reaches ``q``; a limit is NaN where the data set none."""

    q: float
    estimate: float
    lower: float
    upper: float
    status: Literal["ok", "not_estimable"]
    reason: str


def conditional_share(curve: Curve, time: float, horizon: float, cause: int) -> ConditionalShare:
    """Proportion of the events by the ``horizon`` τ that fall by ``time``, ``G(t) = F(t) / F(τ)``.

    From an ``aalen_johansen`` curve of all causes. The variance is the delta method on multinomial
    hazard increments, that of Andersen, Borgan, Gill and Keiding (1993, IV.4.1): with ``T = F(t) −
    g F(τ)`` and ``g = G(t)``, ``se(G) = se(T) / F(τ)``. Limits are those of logit G; where no
    event, or every event, is early they are exact binomial in the events by the horizon, and the
    result is ``flagged``. No event by the horizon is ``not_estimable``.

    Shapes: one number; ``time`` and ``horizon`` in the unit of the curve.
    Errors: ``ValueError`` unless ``0 < time <= horizon`` and the curve holds ``cause``.
    Source: Andersen, Borgan, Gill and Keiding (1993); Clopper and Pearson (1934).

    >>> curve = aalen_johansen([1, 2, 3, 4, 5], [1, 2, 1, 0, 1])
    >>> early = conditional_share(curve, time=3, horizon=5, cause=1)
    >>> round(early.estimate, 4), early.status
    (0.5, 'ok')
    """
    column = column_of(curve, cause)
    if not 0 < time <= horizon:
        raise ValueError("time must be positive and not after horizon")
    n_event = events_by(curve, column, np.array([time, horizon]))
    if n_event[1] == 0:
        reason = "no event of this cause by the horizon"
        none = np.nan
        return ConditionalShare(none, none, none, none, 0.0, 0.0, "not_estimable", reason)
    levels = curve.at([time, horizon]).estimate[:, column]
    share = float(levels[0] / levels[1])
    if not 0 < share < 1:
        return _edge(share, float(n_event[0]), float(n_event[1]))
    error = float(contrast_error(curve, np.array([time]), horizon, column, share)[0] / levels[1])
    half = Z * error / (share * (1 - share))
    low, high = expit(logit(share) + half * np.array([-1.0, 1.0]))
    return ConditionalShare(
        share, error, float(low), float(high), float(n_event[0]), float(n_event[1]), "ok", ""
    )


def _edge(share: float, n_event: float, n_by_horizon: float) -> ConditionalShare:
    beyond = float(stats.beta.ppf(0.975, 1, n_by_horizon))
    low, high = (0.0, beyond) if share == 0 else (1 - beyond, 1.0)
    reason = "no event is early" if share == 0 else "every event is early"
    return ConditionalShare(
        share, 0.0, low, high, n_event, n_by_horizon, "flagged", f"{reason}: limits are binomial"
    )


def conditional_quantile(curve: Curve, q: float, horizon: float, cause: int) -> ConditionalQuantile:
    """Quantile of the event times by the ``horizon`` τ: the first t with ``F(t) >= q F(τ)``.

    Limits hold the times that a test of ``F(t) = q F(τ)`` at 5 % does not reject: of ``T(t) = F(t)
    − q F(τ)`` with its standard error as in :func:`conditional_share`. They are the first time at
    which ``T + z se(T) >= 0``, and the first at which ``T − z se(T) > 0``.

    Shapes: one number, in the unit of time of the curve.
    Errors: ``ValueError`` unless 0 < q < 1 and the curve holds ``cause``.
    Source: Brookmeyer and Crowley (1982), for a ratio.

    >>> curve = aalen_johansen([1, 2, 3, 4, 5], [1, 2, 1, 0, 1])
    >>> conditional_quantile(curve, 0.5, horizon=5, cause=1).estimate
    3.0
    """
    column = column_of(curve, cause)
    if not 0 < q < 1:
        raise ValueError("q must lie between 0 and 1")
    happens = (curve.n_event[:, column] > 0) & (curve.times <= horizon)
    if not happens.any():
        reason = "no event of this cause by the horizon"
        return ConditionalQuantile(q, np.nan, np.nan, np.nan, "not_estimable", reason)
    times, levels = curve.times[happens], curve.estimate[happens, column]
    contrast = levels - q * levels[-1]
    margin = Z * contrast_error(curve, times, horizon, column, q)
    reached = contrast >= -1e-12 * levels[-1]
    possible, passed = contrast + margin >= 0, contrast - margin > 0
    return ConditionalQuantile(
        q,
        float(times[np.argmax(reached)]),
        float(times[np.argmax(possible)]),
        float(times[np.argmax(passed)]) if passed.any() else np.nan,
        "ok",
        "",
    )


def contrast_error(
    curve: Curve, times: Floats, horizon: float, column: int, share: Floats | float
) -> Floats:
    """Standard error of ``F(t) − g F(τ)`` at each of ``times`` (M,), g being ``share``.

    A hazard increment at t_k moves F(t), t >= t_k, by ``S(t_k−)`` if it is of this cause, less
    ``(F(t) − F(t_k)) / (1 − h_k)`` whatever its cause.
    """
    by_then = curve.times <= horizon
    n_risk, events = curve.n_risk[by_then], curve.n_event[by_then]
    level, at_k = curve.estimate[by_then], curve.times[by_then]
    own, everything = events[:, column] / n_risk, events.sum(axis=1) / n_risk
    before = np.append(1.0, 1 - level.sum(axis=1))[: len(level)]
    left = np.where(everything < 1, 1 - everything, 1.0)
    F, end = level[:, column], curve.at([horizon]).estimate[0, column]
    variance = np.empty(len(times))
    weight = np.broadcast_to(np.asarray(share, dtype=np.float64), times.shape)
    for i, (level_i, g) in enumerate(zip(_levels(curve, times, column), weight, strict=True)):
        early = at_k <= times[i]
        direct = before * (early - g)
        passing = (early * (level_i - F) - g * (end - F)) / left
        mean = own * direct - everything * passing
        square = own * (direct - passing) ** 2 + (everything - own) * passing**2
        variance[i] = ((square - mean**2) / n_risk).sum()
    return np.sqrt(np.maximum(variance, 0))


def _levels(curve: Curve, times: Floats, column: int) -> Floats:
    return curve.at(times).estimate[:, column]


def events_by(curve: Curve, column: int, times: Floats) -> Floats:
    """Events of a cause by each time (M,)."""
    total = np.append(0.0, np.cumsum(curve.n_event[:, column]))
    out: Floats = total[np.searchsorted(curve.times, times, side="right")]
    return out


def column_of(curve: Curve, cause: int) -> int:
    """Where a cause stands among the columns of an Aalen-Johansen curve."""
    if curve.causes is None or cause not in curve.causes:
        raise ValueError("cause is not among the causes of the curve")
    return int(np.flatnonzero(curve.causes == cause)[0])
