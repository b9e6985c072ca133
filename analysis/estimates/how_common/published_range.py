"""Tests of a prevalence against a published range, and the probability of the range.

The decision is pure arithmetic, cheap enough to be simulated a million times.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from scipy.special import betainc, betaincc

from analysis.estimates.estimate_rows.proportion_intervals import (
    clopper_pearson,
    effective_sample,
    require_counts,
)

Verdict = Literal["inside", "above", "below", "undecided"]
ALPHA = 0.025  # a side


@dataclass(frozen=True, slots=True)
class BandTests:
    """p-values of the four one-sided questions about the ends of a band."""

    above_floor: float
    below_floor: float
    above_ceiling: float
    below_ceiling: float


@dataclass(frozen=True, slots=True)
class BandVerdict:
    """``lower, upper``: the interval at 1 − 2 alpha that the tests invert."""

    verdict: Verdict
    estimate: float
    lower: float
    upper: float
    tests: BandTests
    n_effective: float
    design_effect: float
    status: str


@dataclass(frozen=True, slots=True)
class BandPosterior:
    """Probabilities that the prevalence lies below, inside and above the band; they add to 1."""

    below: float
    inside: float
    above: float


def band_verdict(
    cases: float,
    people: float,
    floor: float,
    ceiling: float,
    *,
    clusters: tuple[Sequence[float], Sequence[float]] | None = None,
    alpha: float = ALPHA,
) -> BandVerdict:
    """Inside, above or below ``[floor, ceiling]``, or undecided, for cases among people.

    Exact binomial one-sided tests at ``alpha`` each: *inside* when both ``p <= floor`` and
    ``p >= ceiling`` are rejected, *above* when ``p <= ceiling`` is, *below* when ``p >= floor`` is;
    these are the statements of the Clopper–Pearson interval at level ``1 − 2 alpha``. ``clusters``:
    (cases, people) by cluster; then the counts are the effective ones of Korn and Graubard (1998)
    and the total is theirs. ``ValueError`` where an argument is illegal.
    """
    require_counts(cases, people)
    require_band(floor, ceiling)
    if not 0 < alpha < 0.5:
        raise ValueError("alpha must be between 0 and 0.5")
    x, n, deff, status = float(cases), float(people), 1.0, "no_clusters"
    if clusters is not None:
        effective = effective_sample(*clusters, level=1 - 2 * alpha)
        x, n, deff, status = effective.cases, effective.n, effective.design_effect, effective.status
    tests = BandTests(
        above_floor=p_above(x, n, floor),
        below_floor=p_below(x, n, floor),
        above_ceiling=p_above(x, n, ceiling),
        below_ceiling=p_below(x, n, ceiling),
    )
    limits = clopper_pearson(x, n, 1 - 2 * alpha)
    return BandVerdict(
        decide(tests, alpha), limits.estimate, limits.lower, limits.upper, tests, n, deff, status
    )


def decide(tests: BandTests, alpha: float = ALPHA) -> Verdict:
    """The verdict that the four p-values carry."""
    if tests.above_ceiling < alpha:
        return "above"
    if tests.below_floor < alpha:
        return "below"
    if tests.above_floor < alpha and tests.below_ceiling < alpha:
        return "inside"
    return "undecided"


def p_above(cases: float, people: float, bound: float) -> float:
    """P(X >= cases) when the prevalence is ``bound``: evidence that it is higher."""
    return float(betainc(cases, people - cases + 1, bound)) if cases > 0 else 1.0


def p_below(cases: float, people: float, bound: float) -> float:
    """P(X <= cases) when the prevalence is ``bound``: evidence that it is lower."""
    return float(betaincc(cases + 1, people - cases, bound)) if cases < people else 1.0


def band_posterior(
    cases: float,
    people: float,
    floor: float,
    ceiling: float,
    prior: tuple[float, float] = (0.5, 0.5),
) -> BandPosterior:
    """Probabilities under a Beta(a, b) prior; give effective counts where people are clustered.

    The posterior is Beta(a + x, b + n − x); Beta(½, ½) is that of Jeffreys (1946).
    """
    require_counts(cases, people)
    require_band(floor, ceiling)
    a, b = prior
    if not (a > 0 and b > 0):
        raise ValueError("prior must be two numbers above 0")
    below = float(betainc(a + cases, b + people - cases, floor))
    above = float(betaincc(a + cases, b + people - cases, ceiling))
    return BandPosterior(below, 1.0 - below - above, above)


def require_band(floor: float, ceiling: float) -> None:
    """``ValueError`` unless the ends of a range lie in order within [0, 1]."""
    if not 0 < floor < ceiling < 1:
        raise ValueError("floor and ceiling must be ordered and between 0 and 1")
