"""Newton's method for a log partial likelihood, and the reasons why it may have no maximum.

One loop for every model that answers with log-likelihood, score and information at a point: rows
in memory (:mod:`held_rows`), sums over parts (:mod:`analysis.survival.cox_by_parts.sums`), the
subdistribution hazard.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from ..arguments import Floats
from ..numerics.positive_definite import SINGULAR, collinear, invert

DECREMENT = 1e-14  # a step that moves 1e-7 standard errors or less leaves its square
KNOWN, AT_WORST = 1e-14, 1e-9  # error of the information, for each event and in all
NEAR = 1e-2  # a tenth of a standard error
ITERATIONS = 100
CHECK_SEPARATION = 8  # an ordinary fit has converged by then
ALIGNED = 1e-5  # of the range of the linear predictor


@dataclass(frozen=True)
class Maximum:
    """Where Newton's method ended. ``columns`` are those that ``reason`` names.

    ``log_likelihood`` is (null, fitted); ``null_score`` and ``null_information`` are at zero.
    """

    status: str
    reason: str
    columns: tuple[int, ...]
    iterations: int
    log_likelihood: tuple[float, float] = (0.0, 0.0)
    null_score: Floats | None = None
    null_information: Floats | None = None
    at: Any = None
    covariance: Floats | None = None
    null: Any = None
    information: Floats | None = None


class Point(Protocol):
    """A likelihood evaluated at ``beta``."""

    @property
    def beta(self) -> Floats: ...
    @property
    def log_likelihood(self) -> float: ...
    @property
    def score(self) -> Floats: ...


class Likelihood(Protocol):
    """What Newton's method asks of the data, wherever its rows are.

    ``centre`` has a row a stratum; ``weight`` is that of all ``n_events``.
    """

    @property
    def centre(self) -> Floats: ...
    @property
    def weight(self) -> float: ...
    @property
    def n_events(self) -> int: ...
    def evaluate(self, beta: Floats) -> Any:
        """A :class:`Point`; its log-likelihood is not finite where it has none."""

    def information(self, at: Any) -> tuple[Floats, Floats]:
        """Observed information, and the diagonal of its first, uncentred, part."""

    def separated(self, direction: Floats) -> tuple[int, ...]:
        """Columns along which the likelihood never falls, if ``direction`` is such a way."""


def maximise(model: Likelihood, near: bool = False) -> Maximum:
    """Fit by Newton with halving from zero; ``near`` ends where a start for more is good enough.

    Status ``ok``, ``not_estimable`` (constant or collinear column, monotone likelihood, risk set
    whose sum underflows) or ``not_converged``.
    """
    null = model.evaluate(np.zeros(model.centre.shape[1]))
    if not np.isfinite(null.log_likelihood):
        return Maximum("not_estimable", "a risk-set sum is zero or infinite", (), 0)
    info, spread = model.information(null)
    best = _degenerate(model, info, spread) or _iterate(model, null, info, near)
    return replace(best, null=null)


def _iterate(model: Likelihood, null: Any, null_information: Floats, near: bool) -> Maximum:
    at, info, last = null, null_information, np.inf
    step = np.zeros_like(at.beta)
    for iteration in range(1, ITERATIONS + 1):
        inverse = invert(info)
        if inverse is None:
            return _failed(model, step, iteration)
        step = inverse @ at.score
        decrement = float(at.score @ step) / _scale(model)
        if 0 <= decrement <= _tolerance(model):
            there = replace(at, beta=at.beta + step)
            return _converged(null, null_information, there, inverse, iteration)
        if iteration >= CHECK_SEPARATION and (columns := model.separated(step)):
            return _monotone(columns, iteration)
        better = _halve(model, at, step)
        if better is None:
            return _failed(model, step, iteration)
        at = better if near else _reuse_information(model, better, inverse, decrement)
        info, _ = model.information(at)
        enough = decrement <= DECREMENT
        if near and not enough:
            enough = _near_enough(at, info, _scale(model), decrement, last)
        covariance = invert(info) if enough else None
        last = decrement
        if covariance is None:
            continue
        if near and (columns := model.separated(covariance @ at.score)):
            return _monotone(columns, iteration)
        end = _converged(null, null_information, at, covariance, iteration)
        return replace(end, information=info)
    return _failed(model, step, ITERATIONS)


def _tolerance(model: Likelihood) -> float:
    """The decrement of a step that changes the information no more than it need be known.

    The change is some ``sqrt(decrement / events)`` of it. A few events are known as closed forms
    are; of many, every pass costs.
    """
    return min(KNOWN * model.n_events, AT_WORST) ** 2 * model.n_events


def _scale(model: Likelihood) -> float:
    """Mean weight of an event: decrements over it do not depend on the unit of the weights."""
    return model.weight / model.n_events


def _reuse_information(model: Likelihood, at: Point, inverse: Floats, decrement: float) -> Any:
    """A step with the information that led to ``at``, if it then need be taken only at the end.

    Newton's error falls as ``e → c e²``; with the last information from there as ``c e² → 2 c e ·
    c e²``. So decrements d, d' end at ``4 d'²/d`` (Kelley 1995, 5.4.1).
    """
    step = inverse @ at.score
    left, enough = float(at.score @ step) / _scale(model), _tolerance(model)
    if left > enough and 4 * left**2 <= enough * decrement:
        return _halve(model, at, step) or at
    return at


def _converged(
    null: Point, null_information: Floats, at: Point, covariance: Floats, steps: int
) -> Maximum:
    values = (null.log_likelihood, at.log_likelihood)
    return Maximum("ok", "", (), steps, values, null.score, null_information, at, covariance)


def _near_enough(at: Point, info: Floats, scale: float, decrement: float, last: float) -> bool:
    """The decrement to come is small, and has fallen twice by much.

    Towards a maximum at infinity it falls to 1/e of the last.
    """
    inverse = invert(info) if decrement <= last / 20 else None
    if inverse is None:
        return False
    return float(at.score @ inverse @ at.score) / scale <= min(NEAR, decrement / 20)


def _halve(model: Likelihood, at: Point, step: Floats) -> Any:
    """The first of the full, half, quarter ... step that does not lose likelihood, or ``None``."""
    slack = 1e-12 * (_scale(model) + abs(at.log_likelihood))
    for _ in range(30):
        trial = model.evaluate(at.beta + step)
        if trial.log_likelihood >= at.log_likelihood - slack and np.isfinite(trial.score).all():
            return trial
        step = step / 2
    return None


def _failed(model: Likelihood, step: Floats, iteration: int) -> Maximum:
    if columns := model.separated(step):
        return _monotone(columns, iteration)
    return Maximum("not_converged", "Newton's method found no maximum", (), iteration)


def _monotone(columns: tuple[int, ...], iteration: int) -> Maximum:
    reason = f"monotone likelihood in {_name(columns)}"
    return Maximum("not_estimable", reason, columns, iteration)


def _name(columns: tuple[int, ...]) -> str:
    which = ", ".join(str(j) for j in columns)
    return f"column {which}" if len(columns) == 1 else f"columns {which}"


def _degenerate(model: Likelihood, info: Floats, spread: Floats) -> Maximum | None:
    """Constant or collinear columns, seen in the information at zero."""
    size = np.abs(model.centre).max(axis=0, initial=0)
    noise = 1e-24 * size**2 * model.weight
    flat = np.flatnonzero((np.diag(info) <= SINGULAR * spread) | (spread <= noise))
    if len(flat):
        columns = tuple(int(j) for j in flat)
        reason = f"{_name(columns)} constant within every risk set"
    else:
        columns = collinear(info)
        reason = f"{_name(columns)} collinear with the columns before"
    if not columns:
        return None
    return Maximum("not_estimable", reason, columns, 0)


def moving(direction: Floats, size: Floats) -> NDArray[np.bool_]:
    """Columns that count in a direction, given their size; none where it is not finite."""
    if not np.isfinite(direction).all():
        return np.zeros(len(direction), dtype=bool)
    moved = np.abs(direction) * size
    return moved > 1e-4 * moved.max(initial=0)


def aligned(columns: NDArray[np.bool_], short: float, widest: float) -> tuple[int, ...]:
    """The columns, if no event falls short of its risk set's greatest; ``widest`` is the range."""
    if widest == 0 or short > ALIGNED * widest:
        return ()
    return tuple(int(j) for j in np.flatnonzero(columns))
