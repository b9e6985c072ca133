"""Non-parametric time to onset known only between two looks, with late entry."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..arguments import Floats, Ints, vector
from .mixed_censoring import onset_times
from .turnbull_intervals import Support, SurvivalTable, support_and_table
from .turnbull_maximum import CONVERGED, maximise_hazard

NEGLIGIBLE = 1e-12


@dataclass(frozen=True)
class TurnbullResult:
    """Probability of onset in the intervals of support, in order of time.

    ``left``, ``right``, ``mass``, ``survival`` (J,): ``survival`` is S just after ``right``. Mass
    lies somewhere in ``(left, right]`` (at ``left`` where ``point``): the data do not say where.
    ``survival`` is conditional on being free of onset at ``since``, the earliest entry. ``kkt`` and
    ``self_consistency`` are the two proofs of the maximum: the largest relative slope that would
    still raise the likelihood, and the largest change of a hazard by another EM step.
    """

    left: Floats
    right: Floats
    point: NDArray[np.bool_]
    mass: Floats
    survival: Floats
    since: float
    log_likelihood: float
    n: int
    n_onset: int
    iterations: int
    kkt: float
    self_consistency: float
    status: Literal["ok", "flagged", "not_estimable"]
    reason: str


@dataclass(frozen=True)
class SurvivalBounds:
    """Bounds of S at ``times`` (M,): equal where an estimate cuts no interval of support."""

    times: Floats
    lower: Floats
    upper: Floats


def turnbull(
    lower: ArrayLike,
    upper: ArrayLike,
    *,
    entry: ArrayLike | None = None,
    weights: ArrayLike | None = None,
) -> TurnbullResult:
    """Turnbull's estimate, the F with the greatest Σ w log {F(lower, upper] / F(entry, ∞)}.

    Everyone counted is free of onset at ``entry``; ``lower == upper`` is an exact onset and
    ``upper`` infinite a right-censored one, so on such data this is Kaplan–Meier with late entry.
    There is no standard error: the estimate converges at the cube root of n. Where assessments are
    on few days :func:`turnbull_interval` gives limits.

    ``flagged``: all hazard is spent while people still enter later (as when a Kaplan–Meier risk set
    empties early), so S is zero from there although later conditional hazards exist.
    ``not_estimable``: no onset, or no convergence.

    ``lifelines.KaplanMeierFitter.fit_interval_censoring`` does not serve: it refuses ``entry``,
    takes intervals as closed on both sides, and stops on the change of the log-likelihood.

    Shapes: ``lower, upper, entry, weights`` (n,), in any one unit of time.
    Errors: ``ValueError`` naming the argument and the first offending index.
    Source: Turnbull (1976) JRSS B 38:290; Frydman (1994) JRSS B 56:71 and Alioum and Commenges
    (1996) Biometrics 52:512 for entry. The log-likelihood given entry is concave in the cumulative
    hazard, so a point that meets the Karush–Kuhn–Tucker conditions is its maximum.

    >>> fit = turnbull([0, 2, 3, 5], [2, 4, 6, np.inf])
    >>> list(zip(fit.left.tolist(), fit.right.tolist(), fit.mass.round(3).tolist()))
    [(0.0, 2.0, 0.25), (3.0, 4.0, 0.375), (5.0, 6.0, 0.375)]
    """
    onset = onset_times(lower, upper, entry=entry, weights=weights)
    since = float(onset.entry.min()) if len(onset.entry) else 0.0
    if onset.n_onset == 0:
        return nothing(since, len(onset.lower), 0, "no onset was observed")
    support, table = support_and_table(onset)
    spent_up = table.free == 0
    found = maximise_hazard(without(table, spent_up))
    if found.kkt > CONVERGED:
        return nothing(since, len(onset.lower), onset.n_onset, "no convergence")
    hazard = np.full(len(table.free), np.inf)
    hazard[~spent_up] = found.hazard
    after = np.exp(-np.cumsum(hazard))
    mass = np.concatenate([[1.0], after[:-1]]) * -np.expm1(-hazard)
    too_early = np.flatnonzero(spent_up)[0] < len(hazard) - 1
    kept = mass > (0 if too_early else NEGLIGIBLE)
    return TurnbullResult(
        left=support.left[kept],
        right=support.right[kept],
        point=support.point[kept],
        mass=mass[kept],
        survival=after[kept],
        since=since,
        log_likelihood=found.log_likelihood,
        n=len(onset.lower),
        n_onset=onset.n_onset,
        iterations=found.iterations,
        kkt=found.kkt,
        self_consistency=found.self_consistency,
        status="flagged" if too_early else "ok",
        reason=early_end(support, spent_up) if too_early else "",
    )


def without(table: SurvivalTable, spent_up: NDArray[np.bool_]) -> SurvivalTable:
    """The intervals that someone is known to pass free of onset, and the onsets inside them.

    In any other interval an infinite hazard costs nothing; onsets that may lie in it then have
    conditional probability one and say nothing of the rest.
    """
    behind = np.concatenate([[0], np.cumsum(spent_up)])
    certain = behind[table.last + 1] > behind[table.first]
    place: Ints = np.cumsum(~spent_up) - 1
    return SurvivalTable(
        table.free[~spent_up],
        place[table.first[~certain]],
        place[table.last[~certain]],
        table.weight[~certain],
    )


def early_end(support: Support, spent_up: NDArray[np.bool_]) -> str:
    """Reason of a curve at zero before the last entry."""
    first = int(np.flatnonzero(spent_up)[0])
    return f"survival reaches zero at time {support.right[first]:g} while people enter later"


def survival_bounds(result: TurnbullResult, times: ArrayLike) -> SurvivalBounds:
    """Bounds of S(t) = P(onset after t): the mass of an interval of support is in doubt within it.

    The upper bound lays mass at the right end of each interval, the lower one at its left end.

    Shapes: ``times`` (M,), in the unit of time of the fit.
    Errors: ``ValueError`` for times not finite or a result that is not estimable.
    Source: Turnbull (1976).

    >>> bounds = survival_bounds(turnbull([0, 2, 3, 5], [2, 4, 6, np.inf]), [2, 3.5])
    >>> bounds.lower.round(3).tolist(), bounds.upper.round(3).tolist()
    ([0.75, 0.375], [0.75, 0.75])
    """
    if result.status == "not_estimable":
        raise ValueError("result has no estimate to read")
    at = vector("times", times)[:, None]
    passed = result.right <= at
    begun = (result.left < at) | passed
    return SurvivalBounds(
        at[:, 0],
        np.clip(1 - (begun * result.mass).sum(axis=1), 0, 1),
        np.clip(1 - (passed * result.mass).sum(axis=1), 0, 1),
    )


def nothing(since: float, n: int, n_onset: int, reason: str) -> TurnbullResult:
    """A result without an estimate, and the reason why."""
    empty = np.zeros(0)
    return TurnbullResult(
        left=empty,
        right=empty,
        point=empty.astype(bool),
        mass=empty,
        survival=empty,
        since=since,
        log_likelihood=np.nan,
        n=n,
        n_onset=n_onset,
        iterations=0,
        kkt=np.nan,
        self_consistency=np.nan,
        status="not_estimable",
        reason=reason,
    )
