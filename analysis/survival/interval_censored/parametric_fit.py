"""A parametric onset-time model fitted, and its curves with delta-method intervals."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from ..arguments import Floats, matrix, refuse, vector
from .mixed_censoring import OnsetTimes
from .parametric_likelihood import Hazard, mixed_likelihood
from .parametric_maximum import maximise


@dataclass(frozen=True)
class ParametricResult:
    """A fitted parametric time to onset: baseline coefficients, then log hazard ratios.

    ``covariance`` is the inverse of the observed information. Where ``status`` is ``not_estimable``
    the coefficients are NaN and ``reason`` says why; ``flagged`` is an estimate that needs the
    caveat in ``reason``.
    """

    family: str
    hazard: Hazard
    names: tuple[str, ...]
    coefficients: Floats
    covariance: Floats
    log_likelihood: float
    n: int
    n_onset: int
    first_time: float
    last_time: float
    iterations: int
    status: Literal["ok", "flagged", "not_estimable"]
    reason: str

    @property
    def std_error(self) -> Floats:
        return np.sqrt(np.diag(self.covariance))


@dataclass(frozen=True)
class PointwiseEstimate:
    """An estimate with its standard error and interval, all of the shape of the times."""

    estimate: Floats
    std_error: Floats
    lower: Floats
    upper: Floats


@dataclass(frozen=True)
class ParametricCurves:
    """Curves at ``times`` for one covariate pattern.

    ``extrapolated`` says which times are after the last assessment.
    """

    times: Floats
    survival: PointwiseEstimate
    cumulative_hazard: PointwiseEstimate
    hazard: PointwiseEstimate
    extrapolated: NDArray[np.bool_]


def covariates(X: ArrayLike | None, length: int) -> Floats:
    """Covariates (n, q), or none at all."""
    return np.zeros((length, 0)) if X is None else matrix("X", X, length)


def fit(
    family: str, hazard: Hazard, onset: OnsetTimes, X: Floats, start: Floats
) -> ParametricResult:
    """Maximise the likelihood from ``start`` (baseline coefficients; covariates start at 0)."""
    names = (*hazard.names, *(f"x{j}" for j in range(X.shape[1])))
    if onset.n_onset == 0:
        return not_estimable(family, hazard, onset, names, "no onset was observed")
    scale = np.concatenate([np.ones(len(hazard.names)), np.ptp(X, axis=0)])
    begin = np.concatenate([start, np.zeros(X.shape[1])])
    found = maximise(mixed_likelihood(onset, hazard, X).evaluate, begin, scale, names)
    if found.reason:
        return not_estimable(family, hazard, onset, names, found.reason)
    return ParametricResult(
        family=family,
        hazard=hazard,
        names=names,
        coefficients=found.coefficients,
        covariance=found.covariance,
        log_likelihood=found.log_likelihood,
        iterations=found.iterations,
        status="ok",
        reason="",
        **described(onset),
    )


def not_estimable(
    family: str, hazard: Hazard, onset: OnsetTimes, names: tuple[str, ...], reason: str
) -> ParametricResult:
    """The result of legal data that hold no estimate."""
    return ParametricResult(
        family=family,
        hazard=hazard,
        names=names,
        coefficients=np.full(len(names), np.nan),
        covariance=np.full((len(names), len(names)), np.nan),
        log_likelihood=np.nan,
        iterations=0,
        status="not_estimable",
        reason=reason,
        **described(onset),
    )


def described(onset: OnsetTimes) -> dict[str, Any]:
    """People, onsets, and the first and last finite positive time in the data."""
    seen = np.concatenate([onset.lower, onset.upper])
    seen = seen[np.isfinite(seen) & (seen > 0)]
    first, last = (seen.min(), seen.max()) if len(seen) else (np.nan, np.nan)
    return {
        "n": len(onset.lower),
        "n_onset": onset.n_onset,
        "first_time": float(first),
        "last_time": float(last),
    }


def parametric_curves(
    result: ParametricResult, times: ArrayLike, x: ArrayLike | None = None, level: float = 0.95
) -> ParametricCurves:
    """Survival, cumulative hazard and hazard of a parametric fit at positive ``times``.

    Intervals by the delta method on log Λ (for S, that is log(−log S)) and on log λ, whose
    gradients are Λ'/Λ and (log λ)'. Standard errors are on the scale of the curve itself: se(Λ) =
    Λ·se(log Λ), se(S) = SΛ·se(log Λ), se(λ) = λ·se(log λ). Where a flagged spline has a negative
    hazard, the hazard is NaN.

    Shapes: ``times`` (M,) in the unit of the fit, covariates ``x`` (q,).
    Errors: ``ValueError`` for times not positive, ``x`` of another length than the covariates, or a
    result that is not estimable.
    Source: Kalbfleisch and Prentice (2002), 3.4.

    >>> fit = weibull([2, 4, 4, 7, 9], [2, 4, 6, np.inf, np.inf])
    >>> parametric_curves(fit, [5]).survival.estimate.round(3).tolist()
    [0.611]
    """
    if result.status == "not_estimable":
        raise ValueError("result has no estimate to draw")
    if not 0 < level < 1:
        raise ValueError("level must lie between 0 and 1")
    at = vector("times", times)
    refuse("times", at <= 0, "is not positive")
    pattern = vector("x", [] if x is None else x, len(result.names) - len(result.hazard.names))
    X = np.tile(pattern, (len(at), 1))
    with np.errstate(all="ignore"):  # far outside the data a limit may be 0 or infinite
        return curves_at(result, at, X, float(stats.norm.ppf(0.5 + level / 2)))


def curves_at(result: ParametricResult, at: Floats, X: Floats, z: float) -> ParametricCurves:
    """The three curves at checked times ``at`` (n,) and covariates ``X`` (n, q)."""
    total, slope = result.hazard.cumulative(at, X).value(result.coefficients)
    log_total, log_total_error = np.log(total), spread(slope / total[:, None], result.covariance)
    log_rate, slope = result.hazard.log_hazard(at, X).value(result.coefficients)
    log_rate = np.where(np.isfinite(log_rate), log_rate, np.nan)
    cumulative = from_logarithm(log_total, log_total_error, z)
    survival = np.exp(-total)
    return ParametricCurves(
        at,
        PointwiseEstimate(
            survival,
            survival * cumulative.std_error,
            np.exp(-cumulative.upper),
            np.exp(-cumulative.lower),
        ),
        cumulative,
        from_logarithm(log_rate, spread(slope, result.covariance), z),
        at > result.last_time,
    )


def spread(gradient: Floats, covariance: Floats) -> Floats:
    """Standard errors of linear functions, one a row of ``gradient`` (n, p)."""
    out: Floats = np.sqrt(np.maximum(((gradient @ covariance) * gradient).sum(axis=1), 0))
    return out


def from_logarithm(log_estimate: Floats, log_error: Floats, z: float) -> PointwiseEstimate:
    """Estimate, standard error (delta method) and limits from those of its logarithm."""
    estimate = np.exp(log_estimate)
    return PointwiseEstimate(
        estimate,
        estimate * log_error,
        np.exp(log_estimate - z * log_error),
        np.exp(log_estimate + z * log_error),
    )
