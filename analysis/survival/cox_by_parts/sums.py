"""Cox's model fitted to rows that lie in parts, from sums over them.

Rows may lie in blocks of a file, in files of many workers, on many machines: each pass of
:mod:`passes` is taken where they are, and its results are added. One gives the risk-set sums at
β, hence log-likelihood, score and cumulative hazard; another gives the information.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol, TypeVar

import numpy as np

from ..arguments import Floats
from ..cox_regression.data import Evaluation, Steps
from ..cox_regression.likelihood import evaluation
from ..cox_regression.newton import aligned, maximise, moving
from ..cox_regression.result import CoxResult, as_result
from .passes import Block, Extremes, Products, Squares, SumsAt, Survey, survey

Found = TypeVar("Found")
Pass = Callable[[Iterable[Block]], Found]


class Total(Protocol):
    """The sum of what a pass finds, over all rows; each time the same rows in the same order."""

    def __call__(self, over: Pass[Found], /) -> Found: ...


def cox_from_sums(total: Total, *, ties: str = "efron") -> CoxResult:
    """Fit ``λ(t | x) = λ(t) exp(xᵀβ)``, every answer of the data a sum.

    ``total(over)`` is ``over(blocks)`` over all rows, or the sum of its values over parts of them,
    in an order that is always the same; passes can be pickled, and so can what they find. The rows
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
    return as_result(maximise(SummedParts(total, seen, ties == "efron")), about)


@dataclass(frozen=True)
class SummedParts:
    """A :class:`~..cox_regression.newton.Likelihood` of parts, one pass over them an answer."""

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
    def n_events(self) -> int:
        return int(self.seen.n_events.sum())

    @cached_property
    def steps(self) -> Steps:
        n = self.seen.n_events
        return Steps(n, np.ones(len(n))) if self.efron else Steps(np.ones_like(n), n.astype(float))

    @cached_property
    def size(self) -> Floats:
        """Root mean squares of the centred columns, over the rows in some risk set."""
        found = self.total(Squares(self.seen))
        return np.sqrt(found[1:] / max(found[0], 1))

    def evaluate(self, beta: Floats) -> Evaluation:
        sums = self.total(SumsAt(self.seen, beta))
        if sums.n != self.seen.n:
            raise ValueError(f"blocks gave {sums.n} rows, {self.seen.n} before")
        return evaluation(beta, sums.of_rows, self.steps, np.zeros(0))

    def information(self, at: Evaluation) -> tuple[Floats, Floats]:
        first = self.total(Products(self.seen, at.beta, at.by_time))
        return first - at.of_means, np.diag(first).copy()

    def separated(self, direction: Floats) -> tuple[int, ...]:
        columns = moving(direction, self.size)
        if not columns.any():
            return ()
        found = self.total(Extremes(self.seen, np.where(columns, direction, 0.0)))
        short, widest = found.top - found.least, found.top + found.bottom
        return aligned(columns, float(np.max(short)), float(np.max(widest)))
