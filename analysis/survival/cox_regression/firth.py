"""Firth's penalised partial likelihood ``ℓ(β) + ½ log|I(β)|``: finite where ℓ is monotone.

The gradient of the penalty is in :mod:`firth_penalty`. (Firth 1993; Heinze & Schemper 2001; here
for late entry, strata, weights and Efron's ties too.)
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ..arguments import Floats
from ..numerics.positive_definite import invert
from .data import CoxData, Evaluation
from .firth_penalty import penalty_score
from .held_rows import HeldRows
from .likelihood import evaluate, information
from .newton import Maximum, maximise

Bools = NDArray[np.bool_]
DECREMENT = 1e-20  # BFGS converges more slowly than Newton
SURE = 1e-4  # a decrement that has fallen by this falls by no less the next time
FAR = 0.01  # above this decrement the inverse information is taken afresh
ITERATIONS = 200


@dataclass(frozen=True)
class Penalised:
    """The penalised likelihood at a point; ``value`` and ``score`` include the penalty."""

    data: CoxData = field(repr=False)
    at: Evaluation
    value: float
    information: Floats
    covariance: Floats

    @cached_property
    def score(self) -> Floats:
        """Worked out when asked for: the last point of a fit is not."""
        return self.at.score + penalty_score(self.data, self.at, self.covariance) / 2


def penalised(data: CoxData, beta: Floats) -> Penalised | None:
    """Penalised log-likelihood and score; ``None`` where the information is singular."""
    return penalised_at(data, evaluate(data, beta))


def penalised_at(data: CoxData, at: Evaluation, info: Floats | None = None) -> Penalised | None:
    """:func:`penalised` where the likelihood has been evaluated, and perhaps the information."""
    if info is None:
        info, _ = information(data, at)
    V = invert(info)
    if V is None:
        return None
    log_det = float(np.linalg.slogdet(info)[1])
    return Penalised(data, at, at.log_likelihood + log_det / 2, info, V)


def maximise_free(
    data: CoxData, start: Penalised, free: Bools, inverse: Floats, enough: float = DECREMENT
) -> Penalised | None:
    """Maximise over the columns where ``free`` is true, from ``start``.

    Far away steps use the inverse information at the point; nearer, ``inverse`` (of the negative
    Hessian over all columns) with BFGS updates. Ends at a decrement of ``enough``, or where a step
    leaves no more if the decrement falls as it has fallen; ``None`` where it comes to neither.
    """
    here, B, last = start, _restricted(inverse, free), 0.0
    for _ in range(ITERATIONS):
        gradient = np.where(free, here.score, 0.0)
        step = B @ gradient
        decrement = float(gradient @ step)
        if decrement > FAR:
            B = _restricted(here.covariance, free)
            step = B @ gradient
        if decrement <= enough:
            return here
        there = _ascend(data, here, step)
        if there is None:
            return here if decrement <= 1e-12 else None
        if decrement <= SURE * last and decrement**2 <= enough * last:
            return there
        last = decrement
        B = _updated(B, there.at.beta - here.at.beta, np.where(free, here.score - there.score, 0))
        here = there
    return None


def _ascend(data: CoxData, here: Penalised, step: Floats) -> Penalised | None:
    slack = 1e-12 * (1 + abs(here.value))
    for _ in range(30):
        there = penalised(data, here.at.beta + step)
        if there is not None and there.value >= here.value - slack:
            return there
        step = step / 2
    return None


def _restricted(inverse: Floats, free: Bools) -> Floats:
    """Inverse Hessian over the free columns from that over all: one elimination a fixed one."""
    out = inverse
    for j in np.flatnonzero(~free):
        out = out - np.outer(out[:, j], out[j]) / out[j, j]
        out[j], out[:, j] = 0.0, 0.0
    return out


def _updated(B: Floats, moved: Floats, lost: Floats) -> Floats:
    """BFGS update of the inverse Hessian, skipped where the curvature is not positive."""
    curvature = float(moved @ lost)
    if not curvature > 0:
        return B
    Bl = B @ lost
    grown = (curvature + lost @ Bl) / curvature**2 * np.outer(moved, moved)
    return B + grown - (np.outer(Bl, moved) + np.outer(moved, Bl)) / curvature


def maximise_penalised(data: CoxData) -> Maximum:
    """Fit from near the unpenalised maximum, or from zero where there is none.

    A monotone likelihood leaves the status ``ok`` and is named in the reason.
    """
    plain = maximise(HeldRows(data), near=True)
    null = None if plain.null is None else penalised_at(data, plain.null, plain.null_information)
    if null is None:
        return plain
    start = null if plain.at is None else penalised_at(data, plain.at, plain.information) or null
    best = maximise_free(data, start, np.ones(data.X.shape[1], dtype=bool), start.covariance)
    if best is None:
        reason = "the penalised likelihood has no maximum that was found"
        return replace(plain, status="not_converged", reason=reason, at=None)
    values = (null.value, best.value)
    slope = (null.score, null.information)
    note = f"{plain.reason} without the penalty" if plain.reason else ""
    return Maximum(
        "ok", note, plain.columns, plain.iterations, values, *slope, best.at, best.covariance
    )
