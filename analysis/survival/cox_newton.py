"""Newton's method for the log partial likelihood, and the reasons why it may have no maximum."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analysis.survival import risk_sets as at_risk
from analysis.survival.arguments import Floats
from analysis.survival.cox_likelihood import CoxData, Evaluation, evaluate, information

DECREMENT = 1e-14  # the last step moves 1e-7 standard errors or less, and leaves its square
SINGULAR = 1e-11  # smallest 1 - R² of a column given those before it
ITERATIONS = 100
LOOK_FOR_SEPARATION = 8  # an ordinary fit has converged by then
ALIGNED = 1e-5  # of the range of the linear predictor


@dataclass(frozen=True)
class Maximum:
    """Where the climb ended. ``columns`` are those that ``reason`` names.

    ``log_likelihood`` is (null, fitted); ``null_score`` and ``null_information`` are at zero.
    """

    status: str
    reason: str
    columns: tuple[int, ...]
    iterations: int
    log_likelihood: tuple[float, float] = (0.0, 0.0)
    null_score: Floats | None = None
    null_information: Floats | None = None
    at: Evaluation | None = None
    covariance: Floats | None = None


def maximise(data: CoxData) -> Maximum:
    """Fit by Newton with halving from zero.

    Status ``ok``, ``not_estimable`` (constant or collinear column, monotone likelihood, risk set
    whose sum underflows) or ``not_converged``.
    """
    null = evaluate(data, np.zeros(data.X.shape[1]))
    if not np.isfinite(null.log_likelihood):
        return Maximum("not_estimable", "a risk-set sum is zero or infinite", (), 0)
    info, spread = information(data, null)
    return _degenerate(data, info, spread) or _climb(data, null, info)


def _climb(data: CoxData, null: Evaluation, null_information: Floats) -> Maximum:
    at, info = null, null_information
    step = np.zeros_like(at.beta)
    for iteration in range(1, ITERATIONS + 1):
        inverse = invert(info)
        if inverse is None:
            return _stuck(data, step, iteration)
        step = inverse @ at.score
        if iteration >= LOOK_FOR_SEPARATION and (columns := separated(data, step)):
            return _monotone(columns, iteration)
        better = _halve(data, at, step)
        if better is None:
            return _stuck(data, step, iteration)
        decrement, at = float(at.score @ step), better
        info, _ = information(data, at)
        covariance = invert(info) if decrement <= DECREMENT else None
        if covariance is not None:
            values = (null.log_likelihood, at.log_likelihood)
            slope = (null.score, null_information)
            return Maximum("ok", "", (), iteration, values, *slope, at, covariance)
    return _stuck(data, step, ITERATIONS)


def _halve(data: CoxData, at: Evaluation, step: Floats) -> Evaluation | None:
    """The first of the full, half, quarter ... step that does not lose likelihood."""
    slack = 1e-12 * (1 + abs(at.log_likelihood))
    for _ in range(30):
        trial = evaluate(data, at.beta + step)
        if trial.log_likelihood >= at.log_likelihood - slack and np.isfinite(trial.score).all():
            return trial
        step = step / 2
    return None


def _stuck(data: CoxData, step: Floats, iteration: int) -> Maximum:
    if columns := separated(data, step):
        return _monotone(columns, iteration)
    return Maximum("not_converged", "Newton's method found no maximum", (), iteration)


def _monotone(columns: tuple[int, ...], iteration: int) -> Maximum:
    reason = f"monotone likelihood in {_name(columns)}"
    return Maximum("not_estimable", reason, columns, iteration)


def _name(columns: tuple[int, ...]) -> str:
    which = ", ".join(str(j) for j in columns)
    return f"column {which}" if len(columns) == 1 else f"columns {which}"


def scaled_cholesky(info: Floats) -> tuple[Floats, Floats, tuple[int, ...]]:
    """Scale to unit diagonal and factor; also the columns that those before them determine."""
    scale = np.sqrt(np.maximum(np.diag(info), 0))
    safe = np.where(scale > 0, scale, 1)
    left = info / safe / safe[:, None]
    lower = np.zeros_like(left)
    found = []
    for j in range(len(left)):
        pivot = left[j, j] - lower[j, :j] @ lower[j, :j]
        if not pivot > SINGULAR:
            found.append(j)
            continue
        lower[j, j] = np.sqrt(pivot)
        below = left[j + 1 :, j] - lower[j + 1 :, :j] @ lower[j, :j]
        lower[j + 1 :, j] = below / lower[j, j]
    return lower, safe, tuple(found)


def invert(info: Floats) -> Floats | None:
    """Inverse of a positive definite matrix; ``None`` where it is singular."""
    diagonal = np.diag(info)
    if not (np.isfinite(info).all() and (diagonal > 0).all()):
        return None
    scale = np.sqrt(diagonal)
    unit = info / scale / scale[:, None]
    try:
        pivots = np.diag(np.linalg.cholesky(unit)) ** 2
    except np.linalg.LinAlgError:
        return None
    if not (pivots > SINGULAR).all():
        return None
    inverse = np.linalg.inv(unit) / scale / scale[:, None]
    return (inverse + inverse.T) / 2


def _degenerate(data: CoxData, info: Floats, spread: Floats) -> Maximum | None:
    """Constant or collinear columns, seen in the information at zero."""
    size = np.abs(data.centre).max(axis=0, initial=0)
    noise = 1e-24 * size**2 * data.steps.weight.sum()
    flat = np.flatnonzero((np.diag(info) <= SINGULAR * spread) | (spread <= noise))
    if len(flat):
        columns = tuple(int(j) for j in flat)
        reason = f"{_name(columns)} constant within every risk set"
    else:
        columns = scaled_cholesky(info)[2]
        reason = f"{_name(columns)} collinear with the columns before"
    if not columns:
        return None
    return Maximum("not_estimable", reason, columns, 0)


def separated(data: CoxData, direction: Floats) -> tuple[int, ...]:
    """Columns along which the likelihood never falls, if ``direction`` is such a way.

    The likelihood is monotone along b when at every event time each event has the greatest xᵀb
    of its risk set (Bryson & Johnson 1981). Newton's steps turn into such a b where there is one;
    here it is checked on the data.
    """
    if not np.isfinite(direction).all() or not direction.any():
        return ()
    size = np.abs(direction) * np.sqrt(np.mean(data.X**2, axis=0))
    columns = size > 1e-4 * size.max()
    u = data.X @ np.where(columns, direction, 0.0)
    sets = data.sets
    top, low = at_risk.greatest(sets, u), -at_risk.greatest(sets, -u)
    widest = float(np.max(top - low))
    k = sets.last[sets.event_rows]
    if widest == 0 or np.max(top[k] - u[sets.event_rows]) > ALIGNED * widest:
        return ()
    return tuple(int(j) for j in np.flatnonzero(columns))
