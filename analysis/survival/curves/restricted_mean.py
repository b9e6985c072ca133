"""Mean time up to a horizon: event-free, or lost to each cause."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr, ndtri

from ..arguments import Floats, Ints
from .curve import Curve
from .product_limit import product_limit

_Z = float(ndtri(0.975))


@dataclass(frozen=True)
class RestrictedMean:
    """Mean time within ``horizon``: one entry, or one a cause with their covariance.

    In the unit of time of the curve. ``status`` is that of the curve, or ``not_estimable`` with a
    ``reason`` (entries NaN).
    """

    horizon: float
    estimate: Floats
    std_error: Floats
    lower: Floats
    upper: Floats
    covariance: Floats
    causes: Ints | None
    status: str
    reason: str


@dataclass(frozen=True)
class MeanDifference:
    """First less second of two restricted means of different people, with a Wald test."""

    estimate: Floats
    std_error: Floats
    lower: Floats
    upper: Floats
    p_value: Floats
    causes: Ints | None
    status: str
    reason: str


def restricted_mean(curve: Curve, horizon: float) -> RestrictedMean:
    """Mean event-free time up to τ, the ``horizon``: ``∫_0^τ S(t) dt`` of a ``kaplan_meier`` curve.

    Variance ``Σ_{t_k <= τ} (∫_{t_k}^τ S dt)² d_k / (n_k (n_k − d_k))``; the term of a time at which
    all at risk fail is 0. ``not_estimable`` if nobody is at risk at the horizon and S is not 0.

    Shapes: the result has one entry, in the unit of time of the curve.
    Errors: ``ValueError`` for a curve of another kind, or a horizon not positive and finite.
    Source: Irwin (1949); Klein and Moeschberger (2003), section 4.5.

    >>> mean = restricted_mean(kaplan_meier([1, 2, 3, 4], [1, 0, 1, 0]), 4)
    >>> mean.estimate.tolist(), mean.std_error.round(4).tolist()
    ([2.875], [0.6027])
    """
    if curve.causes is not None or curve.before != 1:
        raise ValueError("curve must be a survival curve: use time_lost for cumulative incidences")
    _require_positive(horizon)
    lost = _TimeLost.of(curve, curve.n_event[:, None], (1 - curve.estimate)[:, None], horizon)
    return _result(curve, horizon, horizon - lost.mean, lost.covariance)


def time_lost(curve: Curve, horizon: float) -> RestrictedMean:
    """Mean time lost to each cause up to τ, the ``horizon``: ``∫_0^τ F_c(t) dt``.

    From an ``aalen_johansen`` curve.

    With ``R_ck = ∫_{t_k}^τ (F_c(t) − F_c(t_k)) dt`` and ``α_k = S(t_k−)(τ − t_k)``, the covariance
    of causes c and e is, by the delta method on multinomial increments of the hazards,

        ``Σ_k α²(δ_ce d_c n − d_c d_e)/n³ − α (R_e d_c + R_c d_e)/n² + R_c R_e d / (n(n − d))``.

    The times lost and the restricted mean event-free time add up to τ.

    Shapes: (causes,), in the unit of time of the curve; covariance causes × causes.
    Errors: ``ValueError`` for a curve of another kind, or a horizon not positive and finite.
    Source: Andersen (2013); variance as the integral of Andersen, Borgan, Gill and Keiding (1993,
    IV.4.1).

    >>> lost = time_lost(aalen_johansen([1, 2, 3, 4], [1, 2, 0, 1]), 4)
    >>> lost.estimate.tolist()
    [0.75, 0.5]
    """
    if curve.causes is None:
        raise ValueError("curve must hold cumulative incidences: use restricted_mean for survival")
    _require_positive(horizon)
    lost = _TimeLost.of(curve, curve.n_event, curve.estimate, horizon)
    return _result(curve, horizon, lost.mean, lost.covariance)


def mean_difference(first: RestrictedMean, second: RestrictedMean) -> MeanDifference:
    """First less second of two restricted means of different people: the variances add; Wald test.

    Shapes: those of the two means, in the unit of time of their curves.
    Errors: ``ValueError`` if horizons or causes differ.
    Source: Klein and Moeschberger (2003), section 4.5.

    >>> one = restricted_mean(kaplan_meier([1, 2, 3, 4], [1, 0, 1, 0]), 4)
    >>> two = restricted_mean(kaplan_meier([1, 1, 3, 4], [1, 1, 1, 0]), 4)
    >>> gap = mean_difference(one, two)
    >>> gap.estimate.tolist(), gap.p_value.round(3).tolist()
    ([0.625], [0.481])
    """
    if first.horizon != second.horizon:
        raise ValueError("second has another horizon than first")
    if not np.array_equal(_names(first), _names(second)):
        raise ValueError("second has other causes than first")
    estimate = first.estimate - second.estimate
    std_error = np.hypot(first.std_error, second.std_error)
    worse = next((r for r in (first, second) if r.status != "ok"), first)
    z = np.divide(estimate, std_error, out=np.full_like(estimate, np.nan), where=std_error > 0)
    return MeanDifference(
        estimate=estimate,
        std_error=std_error,
        lower=estimate - _Z * std_error,
        upper=estimate + _Z * std_error,
        p_value=2 * ndtr(-np.abs(z)),
        causes=first.causes,
        status=worse.status,
        reason=worse.reason,
    )


@dataclass(frozen=True)
class _TimeLost:
    mean: Floats
    covariance: Floats

    @classmethod
    def of(cls, curve: Curve, events: Floats, incidence: Floats, horizon: float) -> _TimeLost:
        upto = int(np.searchsorted(curve.times, horizon, side="right"))
        times, n, d = curve.times[:upto], curve.n_risk[:upto], events[:upto]
        failed = d.sum(axis=1)
        widths = np.diff(times, append=horizon)
        areas = incidence[:upto] * widths[:, None]
        to_go = np.cumsum(areas[::-1], axis=0)[::-1]
        rest = to_go - incidence[:upto] * (horizon - times)[:, None]
        alpha = np.append(1.0, product_limit(n, failed))[:-1] * (horizon - times)
        left = n - failed
        ratio = np.divide(failed, n * left, out=np.zeros_like(n), where=left > 0)
        rest = np.where((left > 0)[:, None], rest, 0.0)
        mixed = np.einsum("k,kc,ke->ce", alpha / n**2, d, rest)
        covariance = (
            np.diag(np.einsum("k,kc->c", (alpha / n) ** 2, d))
            - np.einsum("k,kc,ke->ce", alpha**2 / n**3, d, d)
            - (mixed + mixed.T)
            + np.einsum("k,kc,ke->ce", ratio, rest, rest)
        )
        return cls(areas.sum(axis=0), covariance)


def _result(curve: Curve, horizon: float, mean: Floats, covariance: Floats) -> RestrictedMean:
    status, reason = curve.status, curve.reason
    if status != "not_estimable" and _unseen(curve, horizon):
        status, reason = "not_estimable", "nobody is followed to the horizon"
    if status == "not_estimable":
        mean, covariance = np.full_like(mean, np.nan), np.full_like(covariance, np.nan)
    std_error = np.sqrt(np.maximum(np.diag(covariance), 0.0))
    return RestrictedMean(
        horizon=float(horizon),
        estimate=mean,
        std_error=std_error,
        lower=mean - _Z * std_error,
        upper=mean + _Z * std_error,
        covariance=covariance,
        causes=curve.causes,
        status=status,
        reason=reason,
    )


def _unseen(curve: Curve, horizon: float) -> bool:
    if horizon <= curve.times[-1]:
        return False
    total = curve.estimate[-1] if curve.causes is None else 1 - curve.estimate[-1].sum()
    return bool(total > 1e-12)


def _names(mean: RestrictedMean) -> Ints:
    return np.zeros(0, dtype=np.int64) if mean.causes is None else mean.causes


def _require_positive(horizon: float) -> None:
    if not (np.isfinite(horizon) and horizon > 0):
        raise ValueError("horizon must be positive and finite")
