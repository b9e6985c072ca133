"""One row a person for a subdistribution hazard, or the reason why that cannot be."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from .. import arguments
from ..arguments import Floats, Ints
from ..at_risk_periods import AtRiskPeriods, at_risk_periods

CHANGING = (
    "covariates change within a person: after a competing event they have no value, "
    "so a subdistribution hazard cannot depend on them"
)
RETURNING = "a person leaves and comes back: the weights are those of one stay"
REWEIGHTED = "case weights change within a person"


@dataclass(frozen=True)
class SubdistributionPeople:
    """Arrays with one row a person; ``unavailable`` is a reason, or empty."""

    X: Floats
    stop: Floats
    start: Floats | None
    cause: Ints
    weights: Floats
    cluster: Ints | None
    unavailable: str

    def taken(self, order: Ints) -> SubdistributionPeople:
        """The same people in another order."""
        return SubdistributionPeople(
            X=np.take(self.X, order, axis=0),  # several times as fast as an index
            stop=self.stop[order],
            start=None if self.start is None else self.start[order],
            cause=self.cause[order],
            weights=self.weights[order],
            cluster=None if self.cluster is None else self.cluster[order],
            unavailable=self.unavailable,
        )


def subdistribution_people(
    X: ArrayLike,
    stop: ArrayLike,
    cause: ArrayLike,
    start: ArrayLike | None,
    weights: ArrayLike | None,
    id: ArrayLike | None,
    cluster: ArrayLike | None,
) -> SubdistributionPeople:
    """Check the arrays and join the rows of each ``id``; ``ValueError`` on illegal ones."""
    stop_, start_ = arguments.follow_up(stop, start)
    n = len(stop_)
    x = arguments.matrix("X", X, n)
    cause_ = arguments.states("cause", cause, n)
    weight = arguments.case_weights(weights, n)
    periods = at_risk_periods(id, start_, stop_, cause_)
    cluster_ = arguments.labels("cluster", cluster, n)
    arguments.nested("cluster", cluster_, periods.ids)
    # No entry later than at the beginning is no entry: H is then 1.
    if periods.order is None:
        late = start_ if start_ is not None and start_.any() else None
        return SubdistributionPeople(x, stop_, late, cause_, weight, cluster_, "")
    begins = periods.order[periods.enters[periods.order]]
    ends = periods.order[periods.leaves[periods.order]]
    came = None if start_ is None or not start_[begins].any() else start_[begins]
    return SubdistributionPeople(
        x[ends],
        stop_[ends],
        came,
        cause_[ends],
        weight[ends],
        None if cluster_ is None else cluster_[ends],
        _unavailable(x, weight, periods),
    )


def _unavailable(x: Floats, weight: Floats, periods: AtRiskPeriods) -> str:
    assert periods.order is not None and periods.ids is not None
    order = periods.order
    same = periods.ids[order][1:] == periods.ids[order][:-1]
    if (same & (x[order][1:] != x[order][:-1]).any(axis=1)).any():
        return CHANGING
    if (same & (weight[order][1:] != weight[order][:-1])).any():
        return REWEIGHTED
    if len(np.unique(periods.ids)) < periods.enters.sum():
        return RETURNING
    return ""
