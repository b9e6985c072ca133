"""Hazards whose log cumulative hazard is linear in the coefficients: Weibull, Royston–Parmar."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..arguments import Floats
from ..splines import RestrictedCubicSpline


@dataclass(frozen=True)
class LogCumulativeHazard:
    """log Λ(t | x) = γ_0 + γ_1 log t + Σ γ_j v_j(log t) + xᵀβ.

    Without ``spline`` the bends v_j are absent and this is the Weibull model; with it, the model
    of Royston and Parmar (2002) on the scale of the log cumulative hazard.
    """

    spline: RestrictedCubicSpline | None

    @property
    def names(self) -> tuple[str, ...]:
        bends = 0 if self.spline is None else len(self.spline.knots) - 2
        return ("intercept", "log_time", *(f"bend_{j + 1}" for j in range(bends)))

    def columns(self, log_times: Floats) -> Floats:
        shape = log_times[:, None] if self.spline is None else self.spline.basis(log_times)
        return np.column_stack([np.ones_like(log_times), shape])

    def slopes(self, log_times: Floats) -> Floats:
        """Derivatives of :meth:`columns` by log time."""
        ones = np.ones((len(log_times), 1))
        shape = ones if self.spline is None else self.spline.slope(log_times)
        return np.column_stack([np.zeros_like(log_times), shape])

    def cumulative(self, times: Floats, X: Floats) -> LogLinearCumulative:
        begun = times > 0
        design = np.column_stack([self.columns(np.log(np.where(begun, times, 1.0))), X])
        return LogLinearCumulative(design, begun.astype(np.float64))

    def log_hazard(self, times: Floats, X: Floats) -> LogLinearHazard:
        log_times = np.log(times)
        design = np.column_stack([self.columns(log_times), X])
        slopes = np.column_stack([self.slopes(log_times), np.zeros_like(X)])
        return LogLinearHazard(design, slopes, log_times)


@dataclass(frozen=True)
class LogLinearCumulative:
    """Λ = begun · exp(design · θ)."""

    design: Floats
    begun: Floats

    def value(self, coefficients: Floats) -> tuple[Floats, Floats]:
        total = self.begun * np.exp(self.design @ coefficients)
        return total, total[:, None] * self.design

    def curvature(self, coefficients: Floats, factors: Floats) -> Floats:
        total = factors * self.begun * np.exp(self.design @ coefficients)
        return (self.design * total[:, None]).T @ self.design


@dataclass(frozen=True)
class LogLinearHazard:
    """log λ = design · θ + log(slopes · θ) − log t."""

    design: Floats
    slopes: Floats
    log_times: Floats

    def value(self, coefficients: Floats) -> tuple[Floats, Floats]:
        rise = self.slopes @ coefficients
        rising = np.where(rise > 0, rise, np.nan)
        log_hazard = self.design @ coefficients + np.log(rising) - self.log_times
        return np.where(rise > 0, log_hazard, -np.inf), self.design + self.slopes / rising[:, None]

    def curvature(self, coefficients: Floats, factors: Floats) -> Floats:
        rise = self.slopes @ coefficients
        return -(self.slopes * (factors / rise**2)[:, None]).T @ self.slopes
