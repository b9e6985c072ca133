"""Score test of proportional hazards, and the curve of a coefficient over time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import norm, rankdata

from ..arguments import Floats
from ..numerics.positive_definite import invert
from .likelihood import by_time, information_weighted
from .residuals import of_fit, scaled_schoenfeld_residuals
from .result import Chi2Test, CoxResult, Fitted, chi2_test

TRANSFORMS = ("km", "rank", "identity", "log")


@dataclass(frozen=True)
class ProportionalHazardsTest:
    """One test a term, and the global one; ``x`` is the transformed time of each event.

    ``not_estimable``, without tests, where the data cannot tell a slope from a level: all events
    at one time, say.
    """

    status: str
    reason: str
    transform: str
    terms: tuple[tuple[int, ...], ...]
    tests: tuple[Chi2Test, ...]
    overall: Chi2Test | None
    time: Floats
    x: Floats


@dataclass(frozen=True)
class CoefficientCurve:
    """β(t) of one column at ``x`` (transformed time), with pointwise limits.

    ``not_estimable``, and nothing at any x, where event times are fewer than basis functions.
    """

    status: str
    reason: str
    x: Floats
    estimate: Floats
    std_error: Floats
    lower: Floats
    upper: Floats


def proportional_hazards_test(
    fit: CoxResult,
    *,
    transform: str = "km",
    terms: Sequence[Sequence[int]] | None = None,
) -> ProportionalHazardsTest:
    """Score test of proportional hazards: θ = 0 in ``β + θ g(t)``, column by column.

    The information is that of every risk set. ``g`` is, by ``transform``, ``km``: 1 − Kaplan–Meier
    just before t (all rows together, unweighted), ``rank``: the rank of t among the rows' stops,
    ``identity``: t, or ``log``: log t. ``terms`` are groups of columns tested together (default:
    each alone). A term's test holds the other θ at zero. This is ``cox.zph`` of R's survival from
    3.0 on, not the older approximation.

    Shapes: one test a term; times in the unit of the fit.
    Errors: ``ValueError`` for a fit without an estimate, or an unknown transform.
    Source: Grambsch and Therneau (1994); Therneau (2020).

    >>> X = np.array([[0.0], [1.0], [0.0], [1.0], [1.0], [0.0]])
    >>> fit = cox(X, [1, 2, 3, 4, 5, 6], [1, 1, 1, 0, 1, 0])
    >>> round(proportional_hazards_test(fit).overall.p_value, 3)
    0.347
    """
    kept = of_fit(fit)
    if transform not in TRANSFORMS:
        raise ValueError(f"transform must be one of {', '.join(TRANSFORMS)}")
    p = kept.X.shape[1]
    groups = tuple(tuple(t) for t in terms) if terms is not None else tuple((j,) for j in range(p))
    data = kept.data
    k = data.sets.last[data.sets.event_rows]
    raw = transformed(kept, transform)
    g = raw - raw[k].mean()
    slope = _slope_score(kept, g)
    I00, I01, I11 = (information_weighted(data, kept.at, g**power) for power in range(3))
    # what is left of the information of θ when β is free
    left = I11 - I01.T @ np.linalg.solve(I00, I01)
    of_events = (data.sets.times[k], raw[k])
    if np.any(np.diag(left) <= 1e-10 * np.diag(I11)) or invert(left) is None:
        reason = "the event times carry no information on a slope"
        return ProportionalHazardsTest(
            "not_estimable", reason, transform, groups, (), None, *of_events
        )
    tests = tuple(_quadratic(slope, left, list(term)) for term in groups)
    overall = _quadratic(slope, left, list(range(p)))
    return ProportionalHazardsTest("ok", "", transform, groups, tests, overall, *of_events)


def _quadratic(slope: Floats, variance: Floats, j: list[int]) -> Chi2Test:
    return chi2_test(slope[j] @ np.linalg.solve(variance[np.ix_(j, j)], slope[j]), len(j))


def _slope_score(kept: Fitted, g: Floats) -> Floats:
    """Derivative of the log partial likelihood by θ at zero: Σ g w (x - m)."""
    data, at, sets = kept.data, kept.at, kept.data.sets
    k = sets.last[sets.event_rows]
    share = g[k] * data.weight[sets.event_rows]
    events = np.sum(share[:, None] * data.X[sets.event_rows], axis=0)
    means = by_time(data, data.steps.weight[:, None] * at.mean)
    return events - np.sum(g[:, None] * means, axis=0)


def transformed(kept: Fitted, transform: str) -> Floats:
    """``g`` at each event time of each stratum."""
    times = kept.data.sets.times
    if transform == "identity":
        return times.copy()
    if transform == "log":
        return np.log(times)
    if transform == "rank":
        distinct, row = np.unique(kept.stop, return_index=True)
        return rankdata(kept.stop)[row][np.searchsorted(distinct, times)]
    return 1 - _kaplan_meier_before(kept)


def _kaplan_meier_before(kept: Fitted) -> Floats:
    """Survival just before each event time, all strata together, unweighted."""
    stops = kept.stop[kept.event == 1]
    times, n_event = np.unique(stops, return_counts=True)
    at_risk = len(kept.stop) - np.searchsorted(np.sort(kept.stop), times)
    if kept.start is not None:
        at_risk = at_risk - (len(kept.stop) - np.searchsorted(np.sort(kept.start), times))
    survival = np.concatenate([[1.0], np.cumprod(1 - n_event / at_risk)])
    return survival[np.searchsorted(times, kept.data.sets.times)]


def coefficient_curve(
    fit: CoxResult,
    column: int,
    *,
    transform: str = "km",
    df: int = 4,
    points: int = 40,
    level: float = 0.95,
) -> CoefficientCurve:
    """Smoothed curve of a Cox coefficient over time: a natural spline through scaled residuals.

    Least squares on the scaled Schoenfeld residuals of a column; ``df`` basis functions, the
    constant among them; interior knots at even quantiles of event times and grid together, as R's
    ``plot.cox.zph``. An event counts as often as its weight says. Variance
    ``Σw · V_jj · leverage(x)``. ``transform`` as in
    :func:`proportional_hazards_test`. Fewer event times than ``df`` is ``not_estimable``.

    Shapes: curve at ``points`` transformed times.
    Errors: ``ValueError`` for a fit without an estimate.
    Source: Grambsch and Therneau (1994).

    >>> X = np.array([[0.0], [1.0], [0.0], [1.0], [1.0], [0.0]])
    >>> fit = cox(X, [1, 2, 3, 4, 5, 6], [1, 1, 1, 0, 1, 0])
    >>> coefficient_curve(fit, 0, df=2, points=3).estimate.round(2).tolist()
    [-1.37, -0.1, 1.17]
    """
    kept = of_fit(fit)
    sets = kept.data.sets
    residuals = scaled_schoenfeld_residuals(fit)
    y, weight = residuals.values[:, column], kept.weight[residuals.row]
    x = transformed(kept, transform)[sets.last[sets.event_rows]]
    grid = np.linspace(x.min(), x.max(), points)
    counts = np.concatenate([np.ones(points), weight])
    knots = weighted_quantile(np.concatenate([grid, x]), counts, np.linspace(0, 1, df))
    basis, at_grid = natural_spline(x, knots), natural_spline(grid, knots)
    root = np.sqrt(weight)
    solution, _, rank, _ = np.linalg.lstsq(basis * root[:, None], y * root, rcond=None)
    if rank < df:
        reason, none = f"df is {df}, more than the event times can carry", np.zeros(0)
        return CoefficientCurve("not_estimable", reason, none, none, none, none, none)
    inverse = np.linalg.inv((basis.T * weight) @ basis)
    leverage = np.einsum("ij,jk,ik->i", at_grid, inverse, at_grid)
    variance = kept.data.steps.total * np.asarray(fit.covariance)[column, column]
    estimate, std_error = at_grid @ solution, np.sqrt(variance * leverage)
    z = norm.ppf(0.5 + level / 2)
    return CoefficientCurve(
        "ok", "", grid, estimate, std_error, estimate - z * std_error, estimate + z * std_error
    )


def weighted_quantile(values: Floats, counts: Floats, levels: Floats) -> Floats:
    """Quantiles (Hyndman and Fan 1996, type 7) as if each value stood there ``counts`` times."""
    order = np.argsort(values, kind="stable")
    ends = np.cumsum(counts[order])
    position = levels * max(ends[-1] - 1, 0)
    low = np.floor(position)
    ends[-1] = np.inf  # rounding leaves no position behind the last
    first, second = (np.searchsorted(ends, low + step, side="right") for step in (0, 1))
    share = position - low
    out: Floats = values[order][first] * (1 - share) + values[order][second] * share
    return out


def natural_spline(x: Floats, knots: Floats) -> Floats:
    """Natural cubic splines with the given knots, boundary ones included: len(x) × len(knots)."""
    u = (x - knots[0]) / (knots[-1] - knots[0])
    t = (knots - knots[0]) / (knots[-1] - knots[0])

    def term(j: int) -> Floats:
        cut = np.maximum(u - t[j], 0) ** 3 - np.maximum(u - t[-1], 0) ** 3
        return cut / (t[-1] - t[j])

    last = term(len(t) - 2)
    terms = [term(j) - last for j in range(len(t) - 2)]
    return np.column_stack([np.ones_like(u), u, *terms])
