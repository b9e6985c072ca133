"""The Cox likelihood of rows held in memory, as Newton's method asks for it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..arguments import Floats
from ..risk_set_sums import risk_sets as at_risk
from .data import CoxData, Evaluation
from .likelihood import evaluate, information, padded_row
from .newton import aligned, moving


@dataclass(frozen=True)
class HeldRows:
    """A :class:`~.newton.Likelihood` of rows in memory."""

    data: CoxData

    @property
    def centre(self) -> Floats:
        return self.data.centre

    @property
    def weight(self) -> float:
        return self.data.steps.total

    @property
    def n_events(self) -> int:
        return len(self.data.event_rows)

    def evaluate(self, beta: Floats) -> Evaluation:
        return evaluate(self.data, beta)

    def information(self, at: Evaluation) -> tuple[Floats, Floats]:
        return information(self.data, at)

    def separated(self, direction: Floats) -> tuple[int, ...]:
        return separated(self.data, direction)


def separated(data: CoxData, direction: Floats) -> tuple[int, ...]:
    """Columns along which the likelihood never falls, if ``direction`` is such a way.

    The likelihood is monotone along b when at every event time each event has the greatest xᵀb
    of its risk set (Bryson & Johnson 1981). Newton's steps turn into such a b where there is one;
    here it is checked on the data.
    """
    squares = np.einsum("ij,ij->j", data.X, data.X)
    columns = moving(direction, np.sqrt(squares / len(data.X)))
    if not columns.any():
        return ()
    u = data.rows @ padded_row(np.where(columns, direction, 0.0))
    sets = data.sets
    top, low = at_risk.greatest(sets, u), -at_risk.greatest(sets, -u)
    k = sets.last[sets.event_rows]
    short = float(np.max(top[k] - u[sets.event_rows]))
    return aligned(columns, short, float(np.max(top - low)))
