"""Baseline hazards and predicted curves of a fitted Cox model."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import norm

from .. import arguments
from ..arguments import Floats
from .likelihood import by_time
from .residuals import of_fit
from .result import CoxResult, Fitted

CONF = ("log-log", "log", "plain")
RISK = "risk"
HYPOTHETICAL = "hypothetical hazard integral"


@dataclass(frozen=True)
class CoxCurve:
    """Cumulative hazard and survival at the event times of one stratum for one set of covariates.

    ``std_error`` is that of the cumulative hazard; the limits are for ``survival``. ``meaning`` is
    ``risk``, or ``hypothetical hazard integral`` where the covariates move.
    """

    stratum: object
    times: Floats
    hazard: Floats
    cumulative_hazard: Floats
    std_error: Floats
    survival: Floats
    lower: Floats
    upper: Floats
    level: float
    meaning: str


def baseline_hazards(fit: CoxResult, *, level: float = 0.95) -> tuple[CoxCurve, ...]:
    """Baseline hazards of a Cox fit, one curve a stratum: covariates and offset at zero.

    Strata without events have none. Covariates far from zero make it overflow: then ask
    :func:`predicted_curve` nearer the data.

    Shapes: one :class:`CoxCurve` a stratum, at its event times.
    Errors: ``ValueError`` for a fit without an estimate.
    Source: Breslow (1974); Efron (1977).

    >>> X = np.array([[0.0], [1.0], [0.0], [1.0], [1.0], [0.0]])
    >>> fit = cox(X, [1, 2, 3, 4, 5, 6], [1, 1, 1, 0, 1, 0])
    >>> baseline_hazards(fit)[0].cumulative_hazard.round(3).tolist()
    [0.175, 0.387, 0.65, 1.175]
    """
    kept = of_fit(fit)
    zero = np.zeros(kept.X.shape[1])
    segment = kept.data.sets.segment
    return tuple(
        predicted_curve(fit, zero, stratum=label, level=level)
        for s, label in enumerate(kept.strata_labels)
        if segment[s + 1] > segment[s]
    )


def predicted_curve(
    fit: CoxResult,
    x: ArrayLike,
    *,
    stratum: object = None,
    offset: float = 0.0,
    level: float = 0.95,
    conf: str = "log-log",
) -> CoxCurve:
    """Survival ``exp(−Λ)`` of a person with covariates ``x`` that never change, from a Cox fit.

    Λ is Breslow's estimate, or Efron's for an Efron fit. With h and m the hazard and mean of each
    likelihood step, ``var Λ = e^{2η} Σ w̄/S0² + dᵀ V d``, ``d = Σ (x − m) h e^η``; V is the robust
    covariance where there is one. ``conf``: the scale of the limits, ``log-log``, ``log``,
    ``plain``.

    Shapes: ``x`` (p,); the curve is at the event times of ``stratum``, in the unit of the fit.
    Errors: ``ValueError`` for a fit without an estimate, a stratum it does not have, another p.
    Source: Tsiatis (1981); Therneau and Grambsch (2000), 10.2.

    >>> X = np.array([[0.0], [1.0], [0.0], [1.0], [1.0], [0.0]])
    >>> fit = cox(X, [1, 2, 3, 4, 5, 6], [1, 1, 1, 0, 1, 0])
    >>> predicted_curve(fit, [1]).survival.round(3).tolist()
    [0.854, 0.705, 0.556, 0.346]
    """
    values = arguments.vector("x", x, of_fit(fit).X.shape[1])
    return _curve(fit, values[None], np.array([np.inf]), stratum, (offset, level, conf), RISK)


def predicted_path(
    fit: CoxResult,
    path: ArrayLike,
    until: ArrayLike,
    *,
    stratum: object = None,
    offset: float = 0.0,
    level: float = 0.95,
    conf: str = "log-log",
) -> CoxCurve:
    """Hazard integral along covariates that move, from a Cox fit: row i holds up to ``until[i]``.

    The curve ends at the last value of ``until``. Not a risk: a covariate measured over time
    presumes that the person is alive to be measured.

    Shapes: ``path`` (k, p), ``until`` (k,) increasing, in the unit of the fit.
    Errors: ``ValueError`` for a fit without an estimate, times not increasing, other shapes.
    Source: Kalbfleisch and Prentice (2002), 6.3.

    >>> X = np.array([[0.0], [1.0], [0.0], [1.0], [1.0], [0.0]])
    >>> fit = cox(X, [1, 2, 3, 4, 5, 6], [1, 1, 1, 0, 1, 0])
    >>> predicted_path(fit, [[0], [1]], [2, 5]).cumulative_hazard.round(3).tolist()
    [0.175, 0.387, 0.625, 1.099]
    """
    times = arguments.vector("until", until)
    values = arguments.matrix("path", path, len(times))
    arguments.refuse("until", np.diff(times, prepend=-np.inf) <= 0, "is not after the one before")
    if values.shape[1] != of_fit(fit).X.shape[1]:
        raise ValueError(f"path has {values.shape[1]} columns")
    return _curve(fit, values, times, stratum, (offset, level, conf), HYPOTHETICAL)


def _curve(
    fit: CoxResult,
    path: Floats,
    until: Floats,
    stratum: object,
    options: tuple[float, float, str],
    meaning: str,
) -> CoxCurve:
    offset, level, conf = options
    if conf not in CONF:
        raise ValueError(f"conf must be one of {', '.join(CONF)}")
    kept = of_fit(fit)
    data, at = kept.data, kept.at
    s = _stratum(kept, stratum)
    begin, end = data.sets.segment[s], data.sets.segment[s + 1]
    end = begin + np.searchsorted(data.sets.times[begin:end], until[-1], side="right")
    part = slice(begin, end)
    times = data.sets.times[part]
    x = path[np.searchsorted(until, times)] - data.centre[s]
    relative = np.exp(x @ at.beta + offset - data.offset_centre[s])
    steps = by_time(data, np.column_stack([at.hazard, at.hazard**2 / data.steps.weight]))[part]
    drift = by_time(data, at.hazard[:, None] * at.mean)[part]
    hazard = relative * steps[:, 0]
    d = np.cumsum(hazard[:, None] * x - relative[:, None] * drift, axis=0)
    V = np.asarray(fit.covariance if fit.robust_covariance is None else fit.robust_covariance)
    variance = np.cumsum(relative**2 * steps[:, 1]) + np.einsum("ij,jk,ik->i", d, V, d)
    cumulative, std_error = np.cumsum(hazard), np.sqrt(variance)
    lower, upper = _limits(cumulative, std_error, norm.ppf(0.5 + level / 2), conf)
    return CoxCurve(
        stratum=kept.strata_labels[s],
        times=times,
        hazard=hazard,
        cumulative_hazard=cumulative,
        std_error=std_error,
        survival=np.exp(-cumulative),
        lower=lower,
        upper=upper,
        level=level,
        meaning=meaning,
    )


def _stratum(kept: Fitted, label: object) -> int:
    if label is None:
        if len(kept.strata_labels) > 1:
            raise ValueError("stratum must be given, the model has several")
        return 0
    if label not in kept.strata_labels:
        raise ValueError("stratum is not one of the model's")
    return kept.strata_labels.index(label)


def _limits(cumulative: Floats, std_error: Floats, z: float, conf: str) -> tuple[Floats, Floats]:
    """Limits of survival from the cumulative hazard and its standard error."""
    survival = np.exp(-cumulative)
    if conf == "plain":
        reach = z * std_error * survival
        return np.maximum(survival - reach, 0), np.minimum(survival + reach, 1)
    if conf == "log":
        reach = z * std_error
        return survival * np.exp(-reach), np.minimum(survival * np.exp(reach), 1)
    spread = np.exp(z * std_error / cumulative)
    return np.exp(-cumulative * spread), np.exp(-cumulative / spread)
