"""Newton's method for the subdistribution likelihood, and why it may have no maximum."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ..arguments import Floats, Ints
from ..numerics.positive_definite import SINGULAR, collinear, invert
from ..risk_set_sums.risk_sets import greatest, risk_sets
from .fine_gray_likelihood import (
    SubdistributionData,
    SubdistributionFit,
    evaluate,
)
from .subdistribution_people import SubdistributionPeople

DECREMENT = 1e-14
CONVERGED = 1e-24
ITERATIONS = 60
CHECK_SEPARATION_FROM = 8


@dataclass(frozen=True)
class FineGrayMaximum:
    """The fit at the maximum, its inverse information, and the log-likelihood at zero."""

    fit: SubdistributionFit
    covariance: Floats
    iterations: int
    null: float


@dataclass(frozen=True)
class FineGrayFailure:
    """Why there is no maximum, and the columns that ``reason`` names."""

    status: str
    reason: str
    columns: tuple[int, ...] = ()


def maximise(
    data: SubdistributionData, persons: SubdistributionPeople, event: Ints
) -> FineGrayMaximum | FineGrayFailure:
    """Newton with halving from zero; ``event`` marks the rows with the event of interest."""
    fit = evaluate(data, np.zeros(data.X.shape[1]))
    if fit is None:
        return FineGrayFailure("not_estimable", "a risk-set sum is zero or infinite")
    if (columns := _degenerate(fit)) is not None:
        return columns
    null = fit.log_likelihood
    for iteration in range(1, ITERATIONS + 1):
        inverse = invert(fit.information)
        if inverse is None:
            return _failed(data, persons, event, fit.beta)
        step = inverse @ fit.score
        decrement = float(fit.score @ step)
        if 0 <= decrement <= CONVERGED * data.n_event.sum():
            return FineGrayMaximum(replace(fit, beta=fit.beta + step), inverse, iteration, null)
        if iteration >= CHECK_SEPARATION_FROM and _separated(data, persons, event, step):
            return _failed(data, persons, event, step)
        better = _halve(data, fit, step)
        if better is None:
            return _failed(data, persons, event, step)
        fit = better
        covariance = invert(fit.information) if decrement <= DECREMENT else None
        if covariance is not None:
            return FineGrayMaximum(fit, covariance, iteration, null)
    return _failed(data, persons, event, fit.beta)


def _halve(
    data: SubdistributionData, fit: SubdistributionFit, step: Floats
) -> SubdistributionFit | None:
    slack = 1e-12 * (1 + abs(fit.log_likelihood))
    for _ in range(30):
        trial = evaluate(data, fit.beta + step)
        if trial is not None and trial.log_likelihood >= fit.log_likelihood - slack:
            return trial
        step = step / 2
    return None


def _degenerate(fit: SubdistributionFit) -> FineGrayFailure | None:
    flat = np.flatnonzero(np.diag(fit.information) <= SINGULAR * np.maximum(fit.spread, 1e-300))
    if len(flat):
        return FineGrayFailure(
            "not_estimable", _named(flat, "constant within every risk set"), tuple(flat)
        )
    if determined := collinear(fit.information):
        reason = _named(determined, "collinear with the columns before")
        return FineGrayFailure("not_estimable", reason, determined)
    return None


def _failed(
    data: SubdistributionData, persons: SubdistributionPeople, event: Ints, direction: Floats
) -> FineGrayFailure:
    columns = _separated(data, persons, event, direction)
    if columns:
        return FineGrayFailure(
            "not_estimable", "monotone likelihood in " + _named(columns, ""), columns
        )
    return FineGrayFailure("not_converged", "Newton's method found no maximum")


def _separated(
    data: SubdistributionData, persons: SubdistributionPeople, event: Ints, direction: Floats
) -> tuple[int, ...]:
    """Columns along which every event has the greatest predictor of those it is compared with."""
    size = np.abs(direction) * np.sqrt(np.mean(data.X**2, axis=0))
    if not np.isfinite(size).all() or not size.any():
        return ()
    columns = size > 1e-4 * size.max()
    u = data.X @ np.where(columns, direction, 0.0)
    stop = persons.stop.copy()
    stop[data.share > 0] = persons.stop.max()
    sets = risk_sets(persons.start, stop, event, np.zeros(len(event), dtype=np.int64))
    u = u[sets.order]
    top, low = greatest(sets, u), -greatest(sets, -u)
    widest = float(np.max(top - low))
    short = top[sets.last[sets.event_rows]] - u[sets.event_rows]
    if widest == 0 or short.max() > 1e-5 * widest:
        return ()
    return tuple(int(j) for j in np.flatnonzero(columns))


def _named(columns: Ints | tuple[int, ...], what: str) -> str:
    which = ", ".join(str(int(j)) for j in columns)
    return f"{'column' if len(columns) == 1 else 'columns'} {which} {what}".strip()
