"""Rubin's rules: estimates from several imputed data sets as one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from ..arguments import Floats, matrix, refuse

Status = Literal["ok", "flagged", "not_estimable"]

ONE_IMPUTATION = "one imputation shows nothing of the variance between imputations"


@dataclass(frozen=True)
class PooledCoefficients:
    """Coefficients over m imputations; all (p,) but ``covariance`` (p, p)."""

    estimate: Floats
    covariance: Floats
    degrees_of_freedom: Floats
    lower: Floats
    upper: Floats
    p_value: Floats
    variance_from_missing: Floats
    missing_information: Floats
    imputations: int
    status: Status
    reason: str

    @property
    def std_error(self) -> Floats:
        return np.sqrt(np.diag(self.covariance))


@dataclass(frozen=True)
class PooledWald:
    """An F test over m imputations; NaN where ``status`` says so."""

    statistic: float
    degrees_of_freedom: tuple[int, float]
    p_value: float
    status: Status
    reason: str


@dataclass(frozen=True)
class PooledCurve:
    """A survival curve over m imputations; all (times,), NaN where ``estimable`` is false."""

    survival: Floats
    std_error: Floats
    lower: Floats
    upper: Floats
    degrees_of_freedom: Floats
    estimable: NDArray[np.bool_]
    imputations: int
    status: Status
    reason: str


def pool_coefficients(
    coefficients: ArrayLike,
    covariances: ArrayLike,
    *,
    complete_df: float = np.inf,
    level: float = 0.95,
) -> PooledCoefficients:
    """Coefficients pooled by Rubin's rules: Q̄ = mean of Q, T = W + (1 + 1/m) B.

    W is the covariance within, B that between imputations. Intervals and tests from Student's t
    with the degrees of freedom of :func:`barnard_rubin`. ``variance_from_missing`` is λ = (1 + 1/m)
    B/T; ``missing_information`` is (r + 2/(ν + 3)) / (r + 1), with r = λ/(1 − λ). ``complete_df``:
    of the analysis without missing values (n − p, say). One imputation is ``not_estimable``: it
    shows nothing of what is missing.

    Shapes: ``coefficients`` (m, p), ``covariances`` (m, p, p).
    Errors: ``ValueError`` naming the argument, and for a covariance its imputation.
    Source: Rubin (1987); Barnard and Rubin (1999) Biometrika 86:948.

    >>> pooled = pool_coefficients([[0.5], [0.7]], [[[0.04]], [[0.04]]])
    >>> pooled.estimate.round(3).tolist(), pooled.std_error.round(4).tolist()
    ([0.6], [0.2646])
    """
    Q = matrix("coefficients", coefficients)
    m, p = Q.shape
    U = square_matrices("covariances", covariances, m, p)
    check_degrees(complete_df, level)
    if m < 2:
        return no_pooled_coefficients(m, p)
    estimate, within, between = Q.mean(axis=0), U.mean(axis=0), np.cov(Q.T, ddof=1).reshape(p, p)
    total = within + (1 + 1 / m) * between
    share = missing_share(np.diag(between), np.diag(total), m)
    df = barnard_rubin(share, m, complete_df)
    ratio = share / (1 - share)
    error = np.sqrt(np.diag(total))
    margin = stats.t.ppf(0.5 + level / 2, df) * error
    with np.errstate(divide="ignore", invalid="ignore"):
        p_value = 2 * stats.t.sf(np.abs(estimate / error), df)
    return PooledCoefficients(
        estimate=estimate,
        covariance=total,
        degrees_of_freedom=df,
        lower=estimate - margin,
        upper=estimate + margin,
        p_value=p_value,
        variance_from_missing=share,
        missing_information=(ratio + 2 / (df + 3)) / (ratio + 1),
        imputations=m,
        status="ok",
        reason="",
    )


def pool_wald(coefficients: ArrayLike, covariances: ArrayLike) -> PooledWald:
    """Pooled Wald test D₁ that k coefficients (the non-linear terms of a spline, say) are all zero.

    F = Q̄ᵀ W⁻¹ Q̄ / (k (1 + r)), r = (1 + 1/m) tr(B W⁻¹)/k, on k and ν degrees of freedom, with t =
    k(m−1): ν = 4 + (t−4) [1 + (1 − 2/t)/r]² for t > 4, else t (1 + 1/k) (1 + 1/r)²/2. One
    imputation and a singular W are ``not_estimable``.

    Shapes: ``coefficients`` (m, k), ``covariances`` (m, k, k).
    Errors: ``ValueError`` as :func:`pool_coefficients`.
    Source: Li, Raghunathan and Rubin (1991), JASA 86:1065.

    >>> test = pool_wald([[0.5], [0.7]], [[[0.04]], [[0.04]]])
    >>> round(test.statistic, 3), round(test.p_value, 3)
    (5.143, 0.068)
    """
    Q = matrix("coefficients", coefficients)
    m, k = Q.shape
    U = square_matrices("covariances", covariances, m, k)
    if k == 0:
        raise ValueError("coefficients has no column")
    if m < 2:
        return PooledWald(np.nan, (k, np.nan), np.nan, "not_estimable", ONE_IMPUTATION)
    estimate, within, between = Q.mean(axis=0), U.mean(axis=0), np.cov(Q.T, ddof=1).reshape(k, k)
    size = np.sqrt(np.diag(within))
    if (size == 0).any() or np.linalg.matrix_rank(within / np.outer(size, size)) < k:
        reason = "the covariance within imputations is singular"
        return PooledWald(np.nan, (k, np.nan), np.nan, "not_estimable", reason)
    ratio = (1 + 1 / m) * float(np.trace(np.linalg.solve(within, between))) / k
    statistic = float(estimate @ np.linalg.solve(within, estimate)) / (k * (1 + ratio))
    t = k * (m - 1)
    inverse = np.inf if ratio == 0 else 1 / ratio
    if t > 4:
        df = 4 + (t - 4) * (1 + (1 - 2 / t) * inverse) ** 2
    else:
        df = t * (1 + 1 / k) * (1 + inverse) ** 2 / 2
    tail = stats.chi2.sf(k * statistic, k) if np.isinf(df) else stats.f.sf(statistic, k, df)
    return PooledWald(statistic, (k, float(df)), float(tail), "ok", "")


def no_pooled_coefficients(m: int, p: int) -> PooledCoefficients:
    """The result of a single imputation: nothing says how far imputations differ."""
    unknown = np.full(p, np.nan)
    return PooledCoefficients(
        estimate=unknown,
        covariance=np.full((p, p), np.nan),
        degrees_of_freedom=unknown,
        lower=unknown,
        upper=unknown,
        p_value=unknown,
        variance_from_missing=unknown,
        missing_information=unknown,
        imputations=m,
        status="not_estimable",
        reason=ONE_IMPUTATION,
    )


def pool_curves(
    survival: ArrayLike,
    std_error: ArrayLike,
    *,
    complete_df: float = np.inf,
    level: float = 0.95,
) -> PooledCurve:
    """Survival curve pooled time by time on the scale g = log(−log S), and turned back.

    On this scale a survival is nearly normal and cannot leave (0, 1): se(g) = se(S)/(S |log S|). A
    cumulative incidence F is pooled as S = 1 − F. Where every imputation has S = 1 (before any
    event) the pooled survival is 1 without an interval; where only some have S = 0 or 1, or a
    standard error is zero in between, there is none: ``estimable`` is false and the curve is
    ``flagged``.

    Shapes: ``survival, std_error`` (m, times), on one grid of times.
    Errors: ``ValueError`` naming the argument and first imputation that is not finite, not in [0,
    1] or negative.
    Source: Marshall, Altman, Holder and Royston (2009), BMC Medical Research Methodology 9:57.

    >>> pooled = pool_curves([[1.0, 0.8], [1.0, 0.7]], [[0.0, 0.1], [0.0, 0.1]])
    >>> pooled.survival.round(3).tolist(), pooled.status
    ([1.0, 0.754], 'ok')
    """
    S = matrix("survival", survival)
    refuse("survival", any_in_row((S < 0) | (S > 1)), "is not between 0 and 1")
    se = matrix("std_error", std_error, len(S))
    if se.shape != S.shape:
        raise ValueError(f"std_error has {se.shape[1]} times, expected {S.shape[1]}")
    refuse("std_error", any_in_row(se < 0), "is negative")
    check_degrees(complete_df, level)
    m, times = S.shape
    inside = ((S > 0) & (S < 1) & (se > 0)).all(axis=0) & (m > 1)
    pooled, error, lower, upper, df = np.full((5, times), np.nan)
    if inside.any():
        s = S[:, inside]
        g, g_error = np.log(-np.log(s)), se[:, inside] / (s * -np.log(s))
        mean, between = g.mean(axis=0), g.var(axis=0, ddof=1)
        total = (g_error**2).mean(axis=0) + (1 + 1 / m) * between
        df[inside] = barnard_rubin(missing_share(between, total, m), m, complete_df)
        margin = stats.t.ppf(0.5 + level / 2, df[inside]) * np.sqrt(total)
        pooled[inside] = np.exp(-np.exp(mean))
        error[inside] = np.sqrt(total) * np.exp(mean) * pooled[inside]
        lower[inside] = np.exp(-np.exp(mean + margin))
        upper[inside] = np.exp(-np.exp(mean - margin))
    pooled[(S == 1).all(axis=0)] = 1.0
    status, reason = curve_status(inside, pooled, m)
    return PooledCurve(pooled, error, lower, upper, df, inside, m, status, reason)


def barnard_rubin(share: Floats, m: int, complete_df: float) -> Floats:
    """ν = 1/(1/ν_m + 1/ν_obs), ν_m = (m−1)/λ², ν_obs = ν_c (ν_c+1)/(ν_c+3) (1−λ).

    Infinite where nothing is missing and the complete analysis is normal.
    """
    with np.errstate(divide="ignore"):
        from_imputing = (m - 1) / share**2
    if np.isinf(complete_df):
        return from_imputing
    observed = (complete_df + 1) / (complete_df + 3) * complete_df * (1 - share)
    with np.errstate(divide="ignore"):
        return 1 / (1 / from_imputing + 1 / observed)


def missing_share(between: Floats, total: Floats, m: int) -> Floats:
    """λ = (1 + 1/m) B/T, zero where nothing varies."""
    return np.divide((1 + 1 / m) * between, total, out=np.zeros_like(total), where=total > 0)


def curve_status(inside: NDArray[np.bool_], pooled: Floats, m: int) -> tuple[Status, str]:
    """Status and reason of a pooled curve with times outside (0, 1) in some imputation."""
    if m < 2:
        return "not_estimable", ONE_IMPUTATION
    missing = int((~inside & np.isnan(pooled)).sum())
    if missing == len(inside):
        return "not_estimable", "no time has a survival inside (0, 1) in every imputation"
    if missing:
        return "flagged", f"{missing} times without a survival inside (0, 1) in every imputation"
    return "ok", ""


def square_matrices(name: str, values: ArrayLike, m: int, p: int) -> Floats:
    """Finite covariances (m × p × p) without a negative variance, or ``ValueError``."""
    out = np.ascontiguousarray(values, dtype=np.float64)
    if out.shape != (m, p, p):
        raise ValueError(f"{name} has shape {out.shape}, expected {(m, p, p)}")
    refuse(name, any_in_row(~np.isfinite(out)), "is not finite")
    refuse(name, any_in_row(np.diagonal(out, axis1=1, axis2=2) < 0), "has a negative variance")
    return out


def any_in_row(bad: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Whether any element of each imputation is bad: (m,)."""
    return np.asarray(bad.reshape(len(bad), -1).any(axis=1), dtype=np.bool_)


def check_degrees(complete_df: float, level: float) -> None:
    """``ValueError`` for degrees of freedom or a level that make no sense."""
    if not complete_df > 0:
        raise ValueError("complete_df must be positive")
    if not 0 < level < 1:
        raise ValueError("level must lie between 0 and 1")
