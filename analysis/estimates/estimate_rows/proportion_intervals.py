"""Intervals of a proportion: exact, score, Jeffreys, and exact for clusters. Pure arithmetic.

Counts may be fractions, so that an effective sample can stand for people who are alike.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaincinv, ndtri, stdtrit

from analysis.estimates.estimate_rows.cluster_degrees import cluster_degrees


@dataclass(frozen=True, slots=True)
class Interval:
    estimate: float
    lower: float
    upper: float


@dataclass(frozen=True, slots=True)
class EffectiveSample:
    """EffectiveSample sample of clustered people: its size, cases and design effect.

    ``n``: effective people (at most ``people``); ``cases``: at the same proportion;
    ``design_effect``: variance over that of a simple sample, before it is held at 1 or more;
    ``std_error``: linearised; ``status``: ``ok``, ``no_clusters`` or ``no_cases`` (not adjusted).
    """

    estimate: float
    n: float
    cases: float
    design_effect: float
    std_error: float
    clusters: int
    status: str


def clopper_pearson(cases: float, people: float, level: float = 0.95) -> Interval:
    """Exact: quantiles of Beta(x, n − x + 1) and Beta(x + 1, n − x). Clopper & Pearson (1934)."""
    require_counts(cases, people)
    tail = (1 - level) / 2
    low = betaincinv(cases, people - cases + 1, tail) if cases > 0 else 0.0
    high = betaincinv(cases + 1, people - cases, 1 - tail) if cases < people else 1.0
    return Interval(cases / people, float(low), float(high))


def wilson(cases: float, people: float, level: float = 0.95) -> Interval:
    """Score: the p with ``|x/n − p| = z √(p (1 − p) / n)``. Wilson (1927)."""
    require_counts(cases, people)
    z = float(ndtri(0.5 + level / 2))
    share, scale = cases / people, 1 + z * z / people
    middle = (share + z * z / (2 * people)) / scale
    half = z * math.sqrt(share * (1 - share) / people + (z / (2 * people)) ** 2) / scale
    low = 0.0 if cases == 0 else middle - half
    high = 1.0 if cases == people else middle + half
    return Interval(share, low, high)


def jeffreys(cases: float, people: float, level: float = 0.95) -> Interval:
    """Quantiles of Beta(x + ½, n − x + ½); the end at 0 or n is 0 or 1. Brown, Cai & DasGupta
    (2001)."""
    require_counts(cases, people)
    tail = (1 - level) / 2
    a, b = cases + 0.5, people - cases + 0.5
    low = 0.0 if cases == 0 else betaincinv(a, b, tail)
    high = 1.0 if cases == people else betaincinv(a, b, 1 - tail)
    return Interval(cases / people, float(low), float(high))


def effective_sample(
    cases: Sequence[float] | NDArray, people: Sequence[float] | NDArray, level: float = 0.95
) -> EffectiveSample:
    """The effective sample of Korn and Graubard (1998) for cases and people by cluster.

    With ``p = Σx / Σn`` over K clusters the ratio estimator has linearised variance
    ``v = K/(K−1) Σ (x_k − p n_k)² / n²``; ``n* = p (1 − p) / v · (t_{n−1} / t_f)²``, quantiles of
    Student's t at ``level``, and at most n. Theirs has ``f = K − 1``, which holds the level only
    where clusters are of one size; here f is :func:`cluster_degrees`, never more than that.
    Clusters without people are left out. With one cluster, or without cases (v = 0), nothing can
    be adjusted: ``n* = n`` and a status says so. ``ValueError`` on illegal counts.
    """
    x = np.asarray(cases, dtype=np.float64)
    n = np.asarray(people, dtype=np.float64)
    if x.shape != n.shape or x.ndim != 1:
        raise ValueError("cases and people must be vectors of one length")
    wrong = np.flatnonzero(~((x >= 0) & (x <= n)))
    if len(wrong):
        raise ValueError(f"cases[{wrong[0]}] is not between 0 and people[{wrong[0]}]")
    x, n = x[n > 0], n[n > 0]
    clusters = len(n)
    total, found = float(n.sum()), float(x.sum())
    require_counts(found, total)
    p = found / total
    simple = p * (1 - p) / total
    if simple == 0 or clusters < 2:
        status = "no_clusters" if clusters < 2 else "no_cases"
        return EffectiveSample(p, total, found, 1.0, math.sqrt(simple), clusters, status)
    residual = x - p * n
    variance = clusters / (clusters - 1) * float(residual @ residual) / total**2
    tail = 0.5 + level / 2
    degrees = cluster_degrees(x, n)
    students = float(stdtrit(max(total - 1, 1.0), tail) / stdtrit(degrees, tail)) ** 2
    effective_n = total if variance == 0 else min(total, simple / variance * total * students)
    deff = variance / simple
    return EffectiveSample(
        p, effective_n, p * effective_n, deff, math.sqrt(variance), clusters, "ok"
    )


def korn_graubard(cases: Sequence[float], people: Sequence[float], level: float = 0.95) -> Interval:
    """Clopper–Pearson on the effective sample of the clusters. Korn & Graubard (1998)."""
    effective = effective_sample(cases, people, level)
    found = clopper_pearson(effective.cases, effective.n, level)
    return Interval(effective.estimate, found.lower, found.upper)


def require_counts(cases: float, people: float) -> None:
    if not people > 0:
        raise ValueError("people must be above 0")
    if not 0 <= cases <= people:
        raise ValueError("cases must be between 0 and people")
