"""Newton's method for Cox's model over anything that can be summed.

Rows may lie in blocks of a file, in files of many workers, on many machines: each look of
:mod:`cox_passes` is taken where they are, and its results are added. One gives the risk-set sums at
β, hence log-likelihood, score and cumulative hazard; another gives the information.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol, TypeVar

import numpy as np

from ..arguments import Floats
from ..cox_regression.likelihood import Steps, likelihood
from ..cox_regression.newton import Maximum, aligned, maximise_model, moving
from ..cox_regression.result import CoxResult, chi2_test
from .passes import (
    Block,
    Extremes,
    LevelSums,
    Products,
    RunningSums,
    Squares,
    Survey,
    survey,
)
from .streaming import LARGEST_TABLES, table_cells

Found = TypeVar("Found")
Look = Callable[[Iterable[Block]], Found]


class Total(Protocol):
    """The sum of what a look finds, over all rows; each time the same rows in the same order."""

    def __call__(self, look: Look[Found], /) -> Found: ...


@dataclass(frozen=True)
class Summed:
    """The likelihood at ``beta``; by event time the sums of hazards and of hazards × fraction."""

    beta: Floats
    log_likelihood: float
    score: Floats
    by_time: Floats
    of_means: Floats


def cox_from_sums(total: Total, *, ties: str = "efron") -> CoxResult:
    """Fit ``λ(t | x) = λ(t) exp(xᵀβ)``, every answer of the data a sum.

    ``total(look)`` is ``look(blocks)`` over all rows, or the sum of its values over parts of them,
    in an order that is always the same; looks can be pickled, and so can what they find. The rows
    are asked once for a survey and twice or so for each step of Newton's method. The fit is that of
    :func:`analysis.survival.cox_regression.model.cox`.

    There are no strata, weights, ids, clusters or offsets here, and ``fitted`` is ``None``: what
    is computed from rows (residuals, robust variance) needs the rows.

    Raises ``ValueError`` naming argument and first offending row, counted over a part's blocks.
    Source: Cox 1972; Efron 1977.
    """
    if ties not in ("efron", "breslow"):
        raise ValueError("ties must be one of efron, breslow")
    seen = total(survey)
    about: dict[str, Any] = {
        "n": seen.n,
        "n_events": int(seen.n_events.sum()),
        "n_clusters": None,
        "ties": ties,
        "penalty": None,
    }
    if not len(seen.times):
        return CoxResult("not_estimable", "no events", (), iterations=0, **about)
    return _result(maximise_model(FromSums(total, seen, ties == "efron")), about)


@dataclass(frozen=True)
class FromSums:
    """The model that ``maximise_model`` fits, one pass over the parts for each answer."""

    total: Total
    seen: Survey
    efron: bool

    @property
    def centre(self) -> Floats:
        return self.seen.centre[None, :]

    @property
    def weight(self) -> float:
        return float(self.seen.n_events.sum())

    @property
    def few(self) -> bool:
        """Event times are so few that a table of them may be in memory for every lane."""
        return table_cells(len(self.seen.times), len(self.seen.of_events)) <= LARGEST_TABLES

    @cached_property
    def size(self) -> Floats:
        """Root mean squares of the centred columns, over the rows in some risk set."""
        found = self.total(Squares(self.seen))
        return np.sqrt(found[1:] / max(found[0], 1))

    def evaluate(self, beta: Floats) -> Summed:
        n = self.seen.n_events
        sums = self.total(RunningSums(self.seen, beta)).risk_sums(self.seen.n) if self.few else None
        if sums is None:
            found = self.total(LevelSums(self.seen, beta))
            sums = found.total, found.tied, found.of_events
        total, tied, of_events = sums
        steps = Steps(n, np.ones(len(n))) if self.efron else Steps(np.ones_like(n), n.astype(float))
        logs, by_time, of_means = likelihood(total, tied, steps, len(beta))
        value = float(of_events @ beta - logs[0])
        return Summed(beta, value, of_events - logs[1:], by_time, of_means)

    def information(self, at: Summed) -> tuple[Floats, Floats]:
        first = self.total(Products(self.seen, at.beta, at.by_time, self.few))
        return first - at.of_means, np.diag(first).copy()

    def separated(self, direction: Floats) -> tuple[int, ...]:
        columns = moving(direction, self.size)
        if not columns.any():
            return ()
        found = self.total(Extremes(self.seen, np.where(columns, direction, 0.0)))
        short, widest = found.top - found.least, found.top + found.bottom
        return aligned(columns, float(np.max(short)), float(np.max(widest)))


def _result(best: Maximum, about: dict[str, Any]) -> CoxResult:
    about["iterations"] = best.iterations
    if best.at is None or best.covariance is None:
        return CoxResult(best.status, best.reason, best.columns, **about)
    slope, curvature = best.null_score, best.null_information
    assert slope is not None and curvature is not None
    beta = best.at.beta
    null_value, value = best.log_likelihood
    return CoxResult(
        status=best.status,
        reason=best.reason,
        columns=best.columns,
        coefficients=beta,
        covariance=best.covariance,
        log_likelihood=best.log_likelihood,
        score_test=chi2_test(slope @ np.linalg.solve(curvature, slope), len(beta)),
        wald_test=chi2_test(beta @ np.linalg.solve(best.covariance, beta), len(beta)),
        likelihood_ratio_test=chi2_test(2 * (value - null_value), len(beta)),
        **about,
    )
