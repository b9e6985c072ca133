"""The infinitesimal jackknife of cumulative incidences, by person."""

from __future__ import annotations

import numpy as np

from ..arguments import Floats, Ints
from .at_risk import RiskTable
from .influence_kernels import influence_tables, influence_variance


def jackknife_variance(
    table: RiskTable, cause: Ints, weights: Floats, before: Floats, incidence: Floats
) -> Floats:
    """``Σ_i (w_i ∂F_c(t) / ∂w_i)²`` over people i, at every time (times × causes).

    ``before`` is ``S(t_k−)`` and ``incidence`` F_c. A person's rows are summed before squaring.
    No factor for the number of people, as in R's ``survfit``. Jaeckel (1972); Therneau and
    Grambsch (2000).
    """
    none = np.zeros(0, dtype=np.int64)
    order, ids = table.people.order, table.people.ids
    failed = table.n_event.sum(axis=1)
    left = table.n_risk - failed
    rise = np.divide(failed, table.n_risk * left, out=np.zeros_like(left), where=left > 0)
    steps = np.diff(incidence, axis=0, prepend=0.0)
    sums = np.zeros((3, len(rise) + 1, incidence.shape[1]))
    sums[0, 1:] = np.cumsum(rise)[:, None]
    sums[1, 1:] = incidence
    sums[2, 1:] = np.cumsum(steps * (sums[0, :-1] - 1 / table.n_risk[:, None]), axis=0)
    comes, goes, events = influence_tables(
        none if order is None else order,
        none if ids is None else ids,
        table.first,
        table.last,
        cause,
        weights,
        sums,
    )
    return influence_variance(table.n_risk, table.n_event, before, comes, goes, events)
