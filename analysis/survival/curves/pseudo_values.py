"""Pseudo-values of the cumulative incidence: an uncensored stand-in for every person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from ..arguments import Floats, Ints, case_weights, follow_up, states, vector
from .aalen_johansen import cause_codes, incidences
from .at_risk import RiskTable, risk_table

LATE_ENTRY = (
    "with late entry leaving a person out does not give values whose mean given covariates is the "
    "incidence given covariates: those who entered are not a sample of the population at time 0"
)


@dataclass(frozen=True)
class PseudoValues:
    """``values``: people × times × causes. ``status`` ``ok``, or a ``reason`` and NaN values."""

    times: Floats
    causes: Ints
    values: Floats
    status: str
    reason: str


def pseudo_values(
    stop: ArrayLike,
    cause: ArrayLike,
    times: ArrayLike,
    *,
    start: ArrayLike | None = None,
    causes: Sequence[int] | None = None,
) -> PseudoValues:
    """``n F_c(t) − (n − 1) F_c^(−i)(t)``, the second term without person i, exactly.

    One row a person. With ``causes=[1]`` and ``cause`` 0 or 1, one less the values are those of
    the survival function. Any ``start`` above 0: status ``not_available``, and why. Cost is linear
    in people, not in people times event times: a curve without a person is products with one less
    at risk up to its time, and the old products after.

    Andersen, Klein and Rosthøj (2003).
    """
    stop_, start_ = follow_up(stop, start)
    n = len(stop_)
    names, code = cause_codes(states("cause", cause, n), causes)
    asked = vector("times", times)
    blank = np.full((n, len(asked), len(names)), np.nan)
    if start_ is not None and start_.any():
        return PseudoValues(asked, names, blank, "not_available", LATE_ENTRY)
    if n < 2:
        return PseudoValues(asked, names, blank, "not_estimable", "fewer than two people")
    table = risk_table(stop_, None, code, len(names), case_weights(None, n), None)
    step = np.searchsorted(table.times, asked, side="right")
    _, incidence = incidences(table)
    whole = np.concatenate([np.zeros((1, len(names))), incidence])[step]
    without = _without_one(table, step)[table.last - 1, code]
    return PseudoValues(asked, names, n * whole - (n - 1) * without, "ok", "")


def _without_one(table: RiskTable, step: Ints) -> Floats:
    """Incidences less one person: own time × own cause (0 censored) × asked time × cause."""
    d, n = table.n_event, table.n_risk
    n_times, n_causes = d.shape
    failed = d.sum(axis=1)
    fewer = np.maximum(n - 1, 1.0)
    # With one less at risk up to each time (before it: index k), and with all of them.
    free = np.append(1.0, np.cumprod(1 - np.minimum(failed, fewer) / fewer))
    reached = _from_zero(np.cumsum(free[:-1, None] * d / fewer[:, None], axis=0))
    before, incidence = incidences(table)
    incidence = _from_zero(incidence)
    survival = np.append(before, before[-1] * (1 - failed[-1] / n[-1]))[1:]
    out = np.empty((n_times, n_causes + 1, len(step), n_causes))
    last = np.arange(n_times)[:, None]
    for own in range(n_causes + 1):
        mine = (np.arange(1, n_causes + 1) == own).astype(np.float64)
        others = np.where((n > 1)[:, None], d - mine, 0.0) / fewer[:, None]
        at_own = reached[:-1] + free[:-1, None] * others
        stays = free[:-1] * (1 - others.sum(axis=1))
        factor = np.divide(stays, survival, out=np.zeros_like(stays), where=survival > 0)
        after = at_own[:, None] + factor[:, None, None] * (incidence[step] - incidence[last + 1])
        out[:, own] = np.where((step > last)[:, :, None], after, reached[step])
    return out


def _from_zero(sums: Floats) -> Floats:
    return np.concatenate([np.zeros((1, sums.shape[1])), sums])
