"""The concave maximisation behind the non-parametric estimate of interval-censored onset."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import linalg

from ..arguments import Floats
from .turnbull_intervals import SurvivalTable

WARM_UP = 200
REFINEMENTS = 500
EM_BETWEEN = 3
EM_INSTEAD = 50
KKT = 1e-10
CONVERGED = 1e-8
HALVINGS = 40
RIDGE = 1e-12
LARGEST_MATRIX = 600


@dataclass(frozen=True)
class HazardMaximum:
    """Cumulative hazard spent in each interval, and two proofs that it is the maximum."""

    hazard: Floats
    log_likelihood: float
    iterations: int
    kkt: float
    self_consistency: float


def maximise_hazard(table: SurvivalTable) -> HazardMaximum:
    """Maximise over δ ≥ 0; every interval of ``table`` must have someone free of onset after it.

    The log-likelihood is concave in δ with late entry too, so the Karush–Kuhn–Tucker conditions
    prove a global maximum. A few steps of the EM algorithm on discrete hazards, then Newton
    steps projected on δ ≥ 0 (Bertsekas, 1982), each followed by EM steps, which never descend.
    """
    size = len(table.free)
    if size == 0:
        return HazardMaximum(np.zeros(0), 0.0, 0, 0.0, 0.0)
    hazard = np.full(size, 1.0 / size)
    for _ in range(min(WARM_UP, size)):
        hazard = em_step(table, hazard)
    iterations = 0
    while kkt_violation(table, hazard) > KKT and iterations < REFINEMENTS:
        hazard = projected_newton_step(table, hazard)
        for _ in range(EM_BETWEEN):
            hazard = em_step(table, hazard)
        iterations += 1
    moved = np.expm1(-em_step(table, hazard)) - np.expm1(-hazard)
    return HazardMaximum(
        hazard,
        log_likelihood(table, hazard),
        iterations,
        kkt_violation(table, hazard),
        float(np.abs(moved).max()),
    )


def before(hazard: Floats) -> Floats:
    """Cumulative hazard before each interval, and after the last: (J + 1,)."""
    return np.concatenate([[0.0], np.cumsum(hazard)])


def spent(table: SurvivalTable, hazard: Floats) -> Floats:
    """Cumulative hazard within each set of intervals: (K,)."""
    total = before(hazard)
    return total[table.last + 1] - total[table.first]


def over_sets(table: SurvivalTable, values: Floats) -> Floats:
    """Sum of ``values`` (K,) over the sets that hold each interval: (J,)."""
    size = len(table.free) + 1
    change = np.bincount(table.first, values, size) - np.bincount(table.last + 1, values, size)
    return np.cumsum(change)[:-1]


def log_likelihood(table: SurvivalTable, hazard: Floats) -> float:
    """``Σ w log(1 − exp(−spent)) − Σ free · hazard`` over the onsets and all cells."""
    with np.errstate(divide="ignore"):
        onsets = table.weight @ np.log(-np.expm1(-spent(table, hazard)))
    return float(onsets - table.free @ hazard)


def slope(table: SurvivalTable, hazard: Floats) -> Floats:
    """Gradient of the log-likelihood: (J,)."""
    return over_sets(table, table.weight / np.expm1(spent(table, hazard))) - table.free


def kkt_violation(table: SurvivalTable, hazard: Floats) -> float:
    """Largest slope upwards, and largest slope where there is hazard, per person free of onset."""
    relative = slope(table, hazard) / table.free
    return float(np.where(hazard > 0, np.abs(relative) * np.minimum(hazard, 1), relative).max())


def em_step(table: SurvivalTable, hazard: Floats) -> Floats:
    """Self-consistency: expected onsets over expected people at risk, interval by interval.

    Late entry costs nothing here: people count as at risk from the interval they entered in, so
    no one unseen has to be imagined, and convergence is that of the untruncated problem.
    """
    total = before(hazard)
    within = -np.expm1(-spent(table, hazard))
    reaching = over_sets(table, table.weight * np.exp(total[table.first]) / within)
    reaching = reaching * np.exp(-total[:-1])
    beyond = over_sets(table, table.weight * (1 - within) / within)
    onsets = -np.expm1(-hazard) * reaching
    return -np.log1p(-onsets / (table.free + reaching - beyond))


def projected_newton_step(table: SurvivalTable, hazard: Floats) -> Floats:
    """A Newton step among intervals that have hazard or want it; the rest go to zero.

    What counts as little hazard shrinks with the distance from the maximum: a large band empties
    most intervals at once and keeps the matrix small, a small one lets small masses settle.
    """
    rise = slope(table, hazard)
    band = hazard.mean() * min(1.0, 10 * np.sqrt(kkt_violation(table, hazard)))
    leaving = (rise < 0) & (hazard <= band)
    staying = ~leaving
    if staying.sum() > LARGEST_MATRIX:
        return many_em_steps(table, hazard)
    direction = -hazard
    curvature = information(table, hazard, staying)
    size = np.sqrt(np.diag(curvature))
    scaled = curvature / np.outer(size, size) + RIDGE * np.eye(len(size))
    direction[staying] = solve_positive(scaled, rise[staying] / size) / size
    now = log_likelihood(table, hazard)
    for halving in range(HALVINGS):
        ahead = np.maximum(hazard + direction / 2**halving, 0)
        if log_likelihood(table, ahead) >= now:
            out: Floats = ahead
            return out
    return hazard


def solve_positive(matrix: Floats, right: Floats) -> Floats:
    """By Cholesky, or where rounding has lost definiteness by a symmetric factorisation."""
    try:
        out: Floats = linalg.solve(matrix, right, assume_a="pos")
    except linalg.LinAlgError:
        out = linalg.solve(matrix, right, assume_a="sym")
    return out


def many_em_steps(table: SurvivalTable, hazard: Floats) -> Floats:
    """In place of too large a Newton step: so many masses mean exact onsets, where EM is fast."""
    for _ in range(EM_INSTEAD):
        hazard = em_step(table, hazard)
    return hazard


def information(table: SurvivalTable, hazard: Floats, kept: np.ndarray) -> Floats:
    """Minus the second derivatives among the ``kept`` intervals.

    Element (j, k) is the sum over sets that hold both, so a cumulative sum over first and last.
    """
    gap = spent(table, hazard)
    weight = table.weight / (np.expm1(gap) * -np.expm1(-gap))
    ahead = np.concatenate([[0], np.cumsum(kept)])
    first, last = ahead[table.first], ahead[table.last + 1] - 1
    holds = first <= last
    size = int(ahead[-1])
    corner = np.zeros((size, size))
    np.add.at(corner, (first[holds], last[holds]), weight[holds])
    upper = np.cumsum(np.cumsum(corner, axis=0)[:, ::-1], axis=1)[:, ::-1]
    upper = np.triu(upper)
    return upper + np.triu(upper, 1).T
