"""Spline bases for a covariate: where to bend, what the bend is worth, and the curve it draws."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy import linalg, stats
from scipy.interpolate import BSpline as ScipyBSpline

from .arguments import Floats, matrix, refuse, vector

FEWEST_VALUES_FOR_OUTER_QUANTILES = 100
SINGULAR = 1e-12


@dataclass(frozen=True)
class KnotPlacement:
    """Knots of a spline; ``positions`` is empty where ``status`` is not ``"ok"``."""

    positions: Floats
    status: Literal["ok", "not_estimable"]
    reason: str


@dataclass(frozen=True)
class RestrictedCubicSpline:
    """Cubic between ``knots``, linear beyond the outer two (Stone and Koo, 1985)."""

    knots: Floats

    @property
    def linear_direction(self) -> Floats:
        """Coefficients, in this basis, of a straight line."""
        out: Floats = np.eye(len(self.knots) - 1)[0]
        return out

    def basis(self, x: ArrayLike) -> Floats:
        """Basis at ``x``: shape (n, knots − 1), the first column ``x`` itself.

        With knots t_1 < … < t_k and u₊ = max(u, 0), column j + 1 is
        [(x−t_j)₊³ − (x−t_{k−1})₊³ (t_k−t_j)/(t_k−t_{k−1})
        + (x−t_k)₊³ (t_{k−1}−t_j)/(t_k−t_{k−1})] / (t_k−t_1)²,
        in the units of ``x`` (Harrell, Regression Modeling Strategies, 2015, 2.4.5).

        Raises ``ValueError`` if ``x`` is not a finite vector.
        """
        return np.column_stack(rcs_columns(vector("x", x), self.knots))

    def slope(self, x: ArrayLike) -> Floats:
        """Derivative of :meth:`basis` by ``x``, same shape."""
        return np.column_stack(rcs_slopes(vector("x", x), self.knots))


@dataclass(frozen=True)
class BSpline:
    """B-spline of ``degree`` with interior ``knots`` inside ``boundary`` (de Boor, 1978).

    The first function of the full basis is dropped: a model has its own intercept, or none is
    needed because only contrasts are.
    """

    knots: Floats
    boundary: tuple[float, float]
    degree: int

    @property
    def full_knots(self) -> Floats:
        low, high = self.boundary
        ends = self.degree + 1
        return np.concatenate([np.full(ends, low), self.knots, np.full(ends, high)])

    @property
    def linear_direction(self) -> Floats:
        """Coefficients, in this basis, of ``x`` less the lower boundary: Greville abscissae."""
        knots = self.full_knots
        size = len(knots) - self.degree - 1
        greville = np.array([knots[j + 1 : j + 1 + self.degree].mean() for j in range(size)])
        out: Floats = (greville - greville[0])[1:]
        return out

    def basis(self, x: ArrayLike) -> Floats:
        """Basis at ``x``: shape (n, len(knots) + degree).

        Raises ``ValueError`` for ``x`` outside the boundary: a B-spline says nothing there.
        """
        values = vector("x", x)
        outside = (values < self.boundary[0]) | (values > self.boundary[1])
        refuse("x", outside, "is outside the boundary knots")
        if len(values) == 0:
            return np.zeros((0, len(self.knots) + self.degree))
        design = ScipyBSpline.design_matrix(values, self.full_knots, self.degree)
        return np.ascontiguousarray(design.toarray()[:, 1:])


@dataclass(frozen=True)
class NonlinearityTest:
    """Wald test that a spline is a straight line; NaN where ``status`` says so."""

    statistic: float
    degrees_of_freedom: int
    p_value: float
    status: Literal["ok", "not_estimable"]
    reason: str


@dataclass(frozen=True)
class ContrastCurve:
    """Difference of the linear predictor from its value at a reference, by ``x``.

    For a Cox model ``estimate`` is a log hazard ratio. All arrays have the shape of ``x``.
    """

    x: Floats
    reference: float
    estimate: Floats
    std_error: Floats
    lower: Floats
    upper: Floats


def restricted_cubic_spline(knots: ArrayLike) -> RestrictedCubicSpline:
    """Restricted cubic spline: cubic between ``knots``, linear beyond the outer two.

    Shapes: ``knots`` (k,), k >= 3, increasing, in the unit of the covariate; k − 1 columns.
    Errors: ``ValueError`` for fewer than three knots, or not increasing ones.
    Source: Stone and Koo (1985); Harrell (2015), 2.4.5.

    >>> spline = restricted_cubic_spline([1, 2, 3])
    >>> spline.basis([0.5, 2.5]).round(4).tolist()
    [[0.5, 0.0], [2.5, 0.7812]]
    """
    positions = increasing("knots", knots)
    if len(positions) < 3:
        raise ValueError(f"knots has {len(positions)} values, at least 3 are needed")
    return RestrictedCubicSpline(positions)


def b_spline(knots: ArrayLike, boundary: tuple[float, float], degree: int = 3) -> BSpline:
    """B-spline of ``degree`` with interior ``knots`` inside ``boundary``, first function dropped.

    Shapes: ``knots`` (k,) increasing, in the unit of the covariate; k + degree columns.
    Errors: ``ValueError`` for knots not increasing or not inside the boundary, or a degree below 1.
    Source: de Boor (1978).

    >>> b_spline([5], (0, 10)).basis([0, 5, 10]).round(3).tolist()
    [[0.0, 0.0, 0.0, 0.0], [0.25, 0.5, 0.25, 0.0], [0.0, 0.0, 0.0, 1.0]]
    """
    low, high = (float(edge) for edge in vector("boundary", boundary, 2))
    if low >= high:
        raise ValueError("boundary[1] is not after boundary[0]")
    if degree < 1:
        raise ValueError(f"degree must be at least 1, is {degree}")
    positions = increasing("knots", knots)
    refuse("knots", (positions <= low) | (positions >= high), "is not inside the boundary")
    return BSpline(positions, (low, high), int(degree))


def knots_by_quantile(x: ArrayLike, n_knots: int) -> KnotPlacement:
    """Knots of a restricted cubic spline at Harrell's quantiles of ``x``.

    Equally spaced quantiles between 0.05 and 0.95 (0.10 for 3 knots, 0.025 for 7 or more) by linear
    interpolation; below 100 values the outer knots are the fifth smallest and the fifth largest
    value. Where ties make knots coincide there is no such spline: ``not_estimable``.

    Shapes: ``x`` (n,), positions (n_knots,) in its unit.
    Errors: ``ValueError`` for fewer than 3 knots or ``x`` not finite.
    Source: Harrell (2015), table 2.3.

    >>> knots_by_quantile(np.arange(101), 3).positions.tolist()
    [10.0, 50.0, 90.0]
    """
    values = np.sort(vector("x", x))
    if n_knots < 3:
        raise ValueError(f"n_knots must be at least 3, is {n_knots}")
    if len(values) < 2 * 5:
        return no_knots(f"{len(values)} values are too few to place {n_knots} knots")
    outer = 0.10 if n_knots == 3 else 0.05 if n_knots < 7 else 0.025
    positions = np.quantile(values, np.linspace(outer, 1 - outer, n_knots))
    if len(values) < FEWEST_VALUES_FOR_OUTER_QUANTILES:
        positions[[0, -1]] = values[4], values[-5]
    if (np.diff(positions) <= 0).any():
        return no_knots(f"tied values leave fewer than {n_knots} distinct knots")
    return KnotPlacement(positions, "ok", "")


def nonlinearity_test(
    coefficients: ArrayLike, covariance: ArrayLike, linear_direction: ArrayLike
) -> NonlinearityTest:
    """Wald test that a spline is a straight line.

    With C the orthogonal complement of the direction d of a straight line (k × (k−1)), the
    statistic (Cᵀb)ᵀ (CᵀVC)⁻¹ Cᵀb is chi-square on k − 1 degrees of freedom. It does not depend on
    the choice of C. A singular covariance is ``not_estimable``.

    Shapes: ``coefficients`` (k,), ``covariance`` (k, k), ``linear_direction`` (k,), as given by the
    spline.
    Errors: ``ValueError`` for other shapes, or a spline without a non-linear term.
    Source: Harrell (2015), 2.4.5 and 9.3.

    >>> direction = restricted_cubic_spline([1, 2, 3]).linear_direction
    >>> test = nonlinearity_test([0.3, 0.4], np.diag([0.04, 0.04]), direction)
    >>> round(test.statistic, 3), test.degrees_of_freedom, round(test.p_value, 4)
    (4.0, 1, 0.0455)
    """
    b = vector("coefficients", coefficients)
    V = matrix("covariance", covariance, len(b))
    direction = vector("linear_direction", linear_direction, len(b))
    if V.shape[1] != len(b):
        raise ValueError(f"covariance has {V.shape[1]} columns, expected {len(b)}")
    if len(b) < 2:
        raise ValueError("coefficients has no non-linear term")
    C = linalg.null_space(direction[None, :])
    bent, spread = C.T @ b, C.T @ V @ C
    scale = np.sqrt(np.abs(np.diag(spread)))
    if (scale == 0).any() or linalg.eigvalsh(spread / np.outer(scale, scale))[0] < SINGULAR:
        reason = "the covariance of the non-linear terms is singular"
        return NonlinearityTest(np.nan, len(bent), np.nan, "not_estimable", reason)
    statistic = float(bent @ linalg.solve(spread, bent, assume_a="pos"))
    p_value = float(stats.chi2.sf(statistic, len(bent)))
    return NonlinearityTest(statistic, len(bent), p_value, "ok", "")


def contrast_curve(
    spline: RestrictedCubicSpline | BSpline,
    x: ArrayLike,
    reference: float,
    coefficients: ArrayLike,
    covariance: ArrayLike,
    level: float = 0.95,
) -> ContrastCurve:
    """Spline curve ``(B(x) − B(reference))ᵀ b`` with pointwise normal intervals.

    For a Cox model this is a log hazard ratio. The variance at x is cᵀVc with c = B(x) −
    B(reference): zero at the reference, unlike a curve drawn with the interval of its own
    intercept.

    Shapes: ``x`` (n,), ``coefficients`` (k,), ``covariance`` (k, k).
    Errors: ``ValueError`` for other shapes, or a level outside (0, 1).
    Source: Harrell (2015), 2.3.4.

    >>> spline = restricted_cubic_spline([1, 2, 3])
    >>> curve = contrast_curve(spline, [1.0, 2.0, 3.0], 2.0, [0.3, 0.4], np.diag([0.04, 0.04]))
    >>> curve.estimate.round(3).tolist(), curve.std_error.round(3).tolist()
    ([-0.4, 0.0, 0.8], [0.206, 0.0, 0.32])
    """
    if not 0 < level < 1:
        raise ValueError("level must lie between 0 and 1")
    values = vector("x", x)
    contrast = spline.basis(values) - spline.basis([reference])
    b = vector("coefficients", coefficients, contrast.shape[1])
    V = matrix("covariance", covariance, contrast.shape[1])
    estimate = contrast @ b
    std_error = np.sqrt(np.maximum(((contrast @ V) * contrast).sum(axis=1), 0))
    margin = stats.norm.ppf(0.5 + level / 2) * std_error
    return ContrastCurve(
        values, float(reference), estimate, std_error, estimate - margin, estimate + margin
    )


def rcs_columns(x: Floats, knots: Floats) -> list[Floats]:
    """Columns of the restricted cubic basis."""
    return [x] + [column / (knots[-1] - knots[0]) ** 2 for column in bends(x, knots, 3)]


def rcs_slopes(x: Floats, knots: Floats) -> list[Floats]:
    """Derivatives of the columns of the restricted cubic basis."""
    scale = (knots[-1] - knots[0]) ** 2
    return [np.ones_like(x)] + [3 * column / scale for column in bends(x, knots, 2)]


def bends(x: Floats, knots: Floats, power: int) -> list[Floats]:
    """Truncated powers joined so that cubic and square terms vanish beyond the last knot."""
    next_to_last, last = knots[-2], knots[-1]
    gap = last - next_to_last
    columns = []
    for knot in knots[:-2]:
        column = np.maximum(x - knot, 0) ** power
        column = column - np.maximum(x - next_to_last, 0) ** power * (last - knot) / gap
        column = column + np.maximum(x - last, 0) ** power * (next_to_last - knot) / gap
        columns.append(column)
    return columns


def increasing(name: str, values: ArrayLike) -> Floats:
    """A finite, strictly increasing vector."""
    out = vector(name, values)
    behind = np.zeros(len(out), dtype=bool)
    behind[1:] = np.diff(out) <= 0
    refuse(name, behind, "is not above the one before it")
    return out


def no_knots(reason: str) -> KnotPlacement:
    """No knots, and the reason why."""
    return KnotPlacement(np.zeros(0), "not_estimable", reason)
