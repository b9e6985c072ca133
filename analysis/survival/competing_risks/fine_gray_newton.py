"""The subdistribution likelihood as Newton's method asks for it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..arguments import Floats, Ints
from ..cox_regression.newton import aligned, moving
from ..risk_set_sums.risk_sets import greatest, risk_sets
from .fine_gray_likelihood import SubdistributionData, SubdistributionFit, evaluate, information
from .subdistribution_people import SubdistributionPeople


@dataclass(frozen=True)
class SubdistributionLikelihood:
    """A :class:`~..cox_regression.newton.Likelihood`; ``event`` marks the events of interest."""

    data: SubdistributionData
    persons: SubdistributionPeople
    event: Ints

    @property
    def centre(self) -> Floats:
        return self.data.centre[None, :]

    @property
    def weight(self) -> float:
        return float(self.data.n_event.sum())

    @property
    def n_events(self) -> int:
        return int(self.event.sum())

    def evaluate(self, beta: Floats) -> SubdistributionFit:
        return evaluate(self.data, beta)

    def information(self, at: SubdistributionFit) -> tuple[Floats, Floats]:
        return information(self.data, at)

    def separated(self, direction: Floats) -> tuple[int, ...]:
        """Columns along which every event has the greatest predictor of those at risk with it.

        Whoever had a competing event is at risk to the end.
        """
        columns = moving(direction, np.sqrt(np.mean(self.data.X**2, axis=0)))
        if not columns.any():
            return ()
        u = self.data.X @ np.where(columns, direction, 0.0)
        stop = np.where(self.data.share > 0, self.persons.stop.max(), self.persons.stop)
        sets = risk_sets(self.persons.start, stop, self.event, np.zeros_like(self.event))
        u = u[sets.order]
        top, low = greatest(sets, u), -greatest(sets, -u)
        short = top[sets.last[sets.event_rows]] - u[sets.event_rows]
        return aligned(columns, float(short.max()), float(np.max(top - low)))
