"""Bayesian draws of one incomplete variable given everything else: normal, binary.

Rubin (1987), 5.3; for values that repeat within a person, a random intercept (van Buuren 2018,
7.6), drawn after coefficients from which it has been integrated out.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import linalg
from scipy.special import expit

from ..arguments import Floats, Ints

RIDGE = 1e-6  # of each column's own sum of squares: collinear columns share, none runs away
SEPARATION = 0.01  # prior precision of a standardised log odds ratio: sd 10
ITERATIONS = 25


@dataclass(frozen=True)
class Spread:
    """Residual variance, and that of the person intercepts (0: there are none)."""

    within: float
    between: float


@dataclass(frozen=True)
class Draw:
    """The missing values drawn (NaN: a singular equation), and the variances to go on from."""

    values: Floats
    spread: Spread


def first_spread(y: Floats, repeated: bool) -> Spread:
    """Half the variance within people, half between, if values repeat."""
    variance = max(float(np.var(y)), np.finfo(float).tiny)
    return Spread(variance / 2, variance / 2) if repeated else Spread(variance, 0.0)


@dataclass(frozen=True)
class Moments:
    """XᵀX, Xᵀy, and by person the sums of X (people, p) and y (people,), of observed values."""

    gram: Floats
    cross: Floats
    sums: Floats
    target_sums: Floats


def moments(X: Floats, y: Floats, person: Ints, people: int) -> Moments:
    """Of any rows; ``person`` numbers people from 0."""
    sums = np.array([np.bincount(person, column, people) for column in X.T], dtype=float).T
    sums = np.ascontiguousarray(sums.reshape(people, X.shape[1]))
    return Moments(X.T @ X, X.T @ y, sums, np.bincount(person, y, people).astype(float))


def joined(fixed: Moments, F: Floats, M: Floats, y: Floats, person: Ints) -> Moments:
    """Moments of the columns [F, M]; those of F, which do not move, are known already."""
    moving = moments(M, y, person, len(fixed.sums))
    between = F.T @ M
    return Moments(
        np.block([[fixed.gram, between], [between.T, moving.gram]]),
        np.concatenate([fixed.cross, moving.cross]),
        np.column_stack([fixed.sums, moving.sums]),
        fixed.target_sums,
    )


def normal_draw(
    X: Floats,
    y: Floats,
    observed: NDArray[np.bool_],
    person: Ints,
    spread: Spread,
    rng: np.random.Generator,
    known: Moments | None = None,
) -> Draw:
    """y = Xβ + b_person + e: draw β, b, the variances, then the missing y.

    One blocked Gibbs step from ``spread``: β given the variances with b integrated out, b given
    β, then σ² = Σ(y − Xβ − b)²/χ²(n − p) and τ² = Σb²/χ²(people). Shapes: X (n, p), y, observed,
    person (n,), people numbered from 0; ``known``: moments of the observed rows, if at hand.
    """
    people = int(person.max(initial=-1)) + 1
    of = person[observed]
    if known is None:
        known = moments(X[observed], y[observed], of, people)
    count = np.bincount(of, minlength=people).astype(float)
    precision, target = generalised_moments(known, count, spread)
    beta = _normal(precision, target, rng)
    predicted = X @ beta
    residual = y[observed] - predicted[observed]
    intercept = np.zeros(people)
    between = 0.0
    if spread.between > 0:
        strength = count / spread.within + 1 / spread.between
        mean = np.bincount(of, residual, people) / spread.within / strength
        intercept = mean + rng.standard_normal(people) / np.sqrt(strength)
        watched = intercept[count > 0]
        between = float(watched @ watched) / rng.chisquare(max(len(watched) - 1, 1))
    left = residual - intercept[of]
    within = float(left @ left) / rng.chisquare(max(len(of) - X.shape[1], 1))
    gone = ~observed
    noise = np.sqrt(within) * rng.standard_normal(int(gone.sum()))
    return Draw(predicted[gone] + intercept[person[gone]] + noise, Spread(within, between))


def generalised_moments(known: Moments, count: Floats, spread: Spread) -> tuple[Floats, Floats]:
    """XᵀV⁻¹X and XᵀV⁻¹y for V = σ²I + τ²·(ones within a person).

    V⁻¹ within a person of n values is (I − φ 11ᵀ)/σ², φ = τ²/(σ² + nτ²), so only sums by person
    are needed.
    """
    shrink = spread.between / (spread.within + count * spread.between)
    gram = known.gram - (known.sums * shrink[:, None]).T @ known.sums
    cross = known.cross - known.sums.T @ (shrink * known.target_sums)
    return gram / spread.within, cross / spread.within


def _normal(precision: Floats, target: Floats, rng: np.random.Generator) -> Floats:
    """A draw of N(P⁻¹t, P⁻¹); NaN where P is not positive definite."""
    if not np.isfinite(precision).all():
        return np.full(len(precision), np.nan)
    size = np.sqrt(np.maximum(np.diag(precision), 0.0))
    size = np.where(size > 0, size, 1.0)  # a column of zeros: its coefficient multiplies nothing
    scaled = precision / np.outer(size, size) + RIDGE * np.eye(len(size))
    try:
        factor = linalg.cholesky(scaled, lower=True)
    except linalg.LinAlgError:
        return np.full(len(size), np.nan)
    centre = linalg.cho_solve((factor, True), target / size)
    around = linalg.solve_triangular(factor, rng.standard_normal(len(size)), lower=True, trans="T")
    out: Floats = (centre + around) / size
    return out


def binary_draw(
    X: Floats, y: Floats, observed: NDArray[np.bool_], rng: np.random.Generator
) -> Floats:
    """Logistic regression of the observed y on X, its coefficients drawn, then the missing y.

    A weak normal prior on the coefficients (not the first, the intercept) keeps them finite under
    separation; NaN if the information is singular all the same. Shapes: X (n, p), y (n,) of 0
    and 1.
    """
    gone = ~observed
    Xo, yo = X[observed], y[observed]
    prior = np.full(X.shape[1], SEPARATION)
    prior[0] = 0.0
    beta = np.zeros(X.shape[1])
    for _ in range(ITERATIONS):
        chance = expit(Xo @ beta)
        information = (Xo * (chance * (1 - chance))[:, None]).T @ Xo + np.diag(prior)
        information += RIDGE * np.diag(np.maximum(np.diag(information), RIDGE))
        try:
            step = linalg.solve(information, Xo.T @ (yo - chance) - prior * beta, assume_a="pos")
        except linalg.LinAlgError:
            return np.full(int(gone.sum()), np.nan)
        beta = beta + step
        if np.abs(step).max() < 1e-8:
            break
    around = _normal(information, np.zeros(len(beta)), rng)
    chance = expit(X[gone] @ (beta + around))
    drawn = (rng.uniform(size=int(gone.sum())) < chance).astype(float)
    return np.where(np.isfinite(chance), drawn, np.nan)
