"""The likelihood of onset times under mixed censoring and late entry, for any smooth hazard."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np

from ..arguments import Floats
from .mixed_censoring import OnsetTimes

ROUNDING = 1e-12


class CumulativeHazard(Protocol):
    """Λ of n rows as a function of the p coefficients."""

    def value(self, coefficients: Floats) -> tuple[Floats, Floats]:
        """Λ (n,) and its gradient (n, p)."""

    def curvature(self, coefficients: Floats, factors: Floats) -> Floats:
        """Second derivatives of Σ factors · Λ, (p, p)."""


class LogHazard(Protocol):
    """log λ of n rows as a function of the p coefficients; −inf where λ is not positive."""

    def value(self, coefficients: Floats) -> tuple[Floats, Floats]:
        """log λ (n,) and its gradient (n, p)."""

    def curvature(self, coefficients: Floats, factors: Floats) -> Floats:
        """Second derivatives of Σ factors · log λ, (p, p)."""


class Hazard(Protocol):
    """A family of hazards: what it needs to know of the times it will be asked about."""

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the coefficients of the baseline, in order."""

    def cumulative(self, times: Floats, X: Floats) -> CumulativeHazard:
        """Λ at ``times`` (n,) for covariates ``X`` (n, q); zero at time zero."""

    def log_hazard(self, times: Floats, X: Floats) -> LogHazard:
        """log λ at positive ``times`` (n,) for covariates ``X`` (n, q)."""


class Evaluation(NamedTuple):
    """Log-likelihood, its gradient (p,) and minus its second derivatives (p, p)."""

    log_likelihood: float
    score: Floats
    information: Floats


@dataclass(frozen=True)
class MixedLikelihood:
    """Log-likelihood Σ w {Λ(a) − Λ(l) + log(1 − e^{−[Λ(u) − Λ(l)]}) or log λ(l)}.

    For a person free of onset at entry a, with onset in (l, u]: the last term is the first form
    for an interval that ends, the second for an exact time, and absent for a right-censored one.
    Source: Turnbull (1976) for the conditioning on entry; Sun (2006), 2.3.
    """

    onset: OnsetTimes
    at_entry: CumulativeHazard
    at_lower: CumulativeHazard
    at_upper: CumulativeHazard
    at_exact: LogHazard

    def evaluate(self, coefficients: Floats) -> Evaluation:
        """Value and derivatives; −inf where a hazard is negative where anyone was watched.

        A step too long overflows on its way to −inf, which is an answer and no cause for alarm.
        """
        with np.errstate(all="ignore"):
            return self.evaluated(coefficients)

    def evaluated(self, coefficients: Floats) -> Evaluation:
        w, between, exact = self.onset.weights, self.onset.between, self.onset.exact
        entered, entered_slope = self.at_entry.value(coefficients)
        lower, lower_slope = self.at_lower.value(coefficients)
        upper, upper_slope = self.at_upper.value(coefficients)
        log_hazard, log_hazard_slope = self.at_exact.value(coefficients)
        gap = upper - lower[between]
        parts = (w @ (entered - lower), w[between] @ np.log(-np.expm1(-gap)))
        total = float(sum(parts) + w[exact] @ log_hazard)
        odds = w[between] / np.expm1(gap)
        # A spline that falls between entry and the last look free of onset would earn a likelihood
        # above one, without bound: no distribution has such a hazard.
        rising = (gap > 0).all() and (lower >= entered * (1 - ROUNDING)).all()
        if not np.isfinite(total) or not rising:
            return impossible(len(coefficients))
        bend = odds * (1 + odds / w[between])
        pull = -w.copy()
        pull[between] -= odds
        score = w @ entered_slope + pull @ lower_slope + odds @ upper_slope
        score = score + w[exact] @ log_hazard_slope
        across = upper_slope - lower_slope[between]
        second = self.at_entry.curvature(coefficients, w)
        second = second + self.at_lower.curvature(coefficients, pull)
        second = second + self.at_upper.curvature(coefficients, odds)
        second = second + self.at_exact.curvature(coefficients, w[exact])
        second = second - (across * bend[:, None]).T @ across
        if not (np.isfinite(score).all() and np.isfinite(second).all()):
            return impossible(len(coefficients))
        return Evaluation(total, score, -(second + second.T) / 2)


def mixed_likelihood(onset: OnsetTimes, hazard: Hazard, X: Floats) -> MixedLikelihood:
    """Bind a family of hazards to the times and covariates (n, q) of the people observed."""
    between, exact = onset.between, onset.exact
    return MixedLikelihood(
        onset,
        hazard.cumulative(onset.entry, X),
        hazard.cumulative(onset.lower, X),
        hazard.cumulative(onset.upper[between], X[between]),
        hazard.log_hazard(onset.lower[exact], X[exact]),
    )


def impossible(size: int) -> Evaluation:
    """Where the likelihood is zero: never a step uphill."""
    return Evaluation(-np.inf, np.zeros(size), np.eye(size))
