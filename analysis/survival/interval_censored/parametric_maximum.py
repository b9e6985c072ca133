"""A smooth log-likelihood maximised by damped Newton steps, and what a failure means."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import linalg

from ..arguments import Floats
from .parametric_likelihood import Evaluation

Flags = NDArray[np.bool_]

SCALED_SCORE = 1e-18
FLAT = 1e-10
DRIFT = 1e-3
ITERATIONS = 100
HALVINGS = 40


@dataclass(frozen=True)
class ParametricMaximum:
    """Where Newton stopped; ``reason`` is empty if that is a maximum with a covariance."""

    coefficients: Floats
    covariance: Floats
    log_likelihood: float
    scaled_score: float
    iterations: int
    reason: str


def maximise(
    evaluate: Callable[[Floats], Evaluation], start: Floats, scale: Floats, names: tuple[str, ...]
) -> ParametricMaximum:
    """Newton's method with step halving, on a log-likelihood that need not be concave.

    Stops when the scaled score gᵀI⁻¹g, a squared distance in standard errors, is below 1e-18, or
    below 1e-10 and a step no longer raises a large likelihood by more than its rounding.
    Directions of wrong or no curvature are stepped along by the size of their curvature.
    ``scale`` (p,) is the spread of each coefficient's column: a coefficient whose last step
    still moves the linear predictor by more than 1e-3 is running to infinity (monotone
    likelihood) although the likelihood itself has settled.
    """
    at, now = start, evaluate(start)
    iteration, scaled_score = 0, np.inf
    while scaled_score >= SCALED_SCORE and iteration < ITERATIONS:
        step, flat = newton_step(now)
        scaled_score = float(abs(now.score @ step))
        ahead, then = halved(evaluate, at, step, now)
        if then is None:
            break
        settled = scaled_score < FLAT and rise(now, then) <= lost_to_rounding(now)
        at, now, iteration = ahead, then, iteration + 1
        if settled:  # what is left of the score is rounding: more steps would only wander
            break
    reason = trouble(names, np.abs(step) * scale > DRIFT, flat, scaled_score)
    covariance = np.full((len(at), len(at)), np.nan) if reason else inverse(now.information)
    return ParametricMaximum(at, covariance, now.log_likelihood, scaled_score, iteration, reason)


def trouble(names: tuple[str, ...], drifting: Flags, flat: Flags, scaled_score: float) -> str:
    """Why the place where Newton stopped is no maximum; empty if it is one."""
    found = []
    if scaled_score > FLAT:
        found.append("no maximum found among valid hazards")
    elif drifting.any():
        found.append(f"monotone likelihood in {listed(names, drifting)}")
    if flat.any():
        found.append(f"singular information in {listed(names, flat)}")
    return "; ".join(found)


def listed(names: tuple[str, ...], chosen: Flags) -> str:
    """Names of the parameters chosen, for a sentence."""
    return ", ".join(name for name, bad in zip(names, chosen, strict=True) if bad)


def newton_step(now: Evaluation) -> tuple[Floats, Flags]:
    """Ascent step, and which coefficients lie in a direction without positive curvature."""
    size = np.sqrt(np.abs(np.diag(now.information)))
    size = np.where(size > 0, size, 1.0)
    curvature, directions = linalg.eigh(now.information / np.outer(size, size))
    flat = curvature < FLAT
    strength = np.maximum(np.abs(curvature), FLAT)
    step = directions @ ((directions.T @ (now.score / size)) / strength) / size
    involved = (np.abs(directions[:, flat]) > 0.1).any(axis=1)
    return step, involved


def halved(
    evaluate: Callable[[Floats], Evaluation], at: Floats, step: Floats, now: Evaluation
) -> tuple[Floats, Evaluation | None]:
    """The first of the step, its half, its quarter, ... that does not lower the likelihood."""
    lost = lost_to_rounding(now)
    for halving in range(HALVINGS):
        ahead = at + step / 2**halving
        then = evaluate(ahead)
        if rise(now, then) >= -lost:
            return ahead, then
    return at, None


def rise(now: Evaluation, then: Evaluation) -> float:
    """Log-likelihood gained from ``now`` to ``then``."""
    return then.log_likelihood - now.log_likelihood


def lost_to_rounding(now: Evaluation) -> float:
    """How far two equal log-likelihoods may lie apart."""
    return 1e-14 * abs(now.log_likelihood)


def inverse(information: Floats) -> Floats:
    """Inverse of an information matrix, scaled to a unit diagonal on the way."""
    size = np.sqrt(np.diag(information))
    out: Floats = linalg.inv(information / np.outer(size, size)) / np.outer(size, size)
    return out
