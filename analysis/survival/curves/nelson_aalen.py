"""The cumulative hazard."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtri

from ..arguments import Floats, case_weights, follow_up, indicator
from .at_risk import risk_table
from .curve import Curve, verdict
from .product_limit import counts


def nelson_aalen(
    stop: ArrayLike,
    event: ArrayLike,
    *,
    start: ArrayLike | None = None,
    weights: ArrayLike | None = None,
    id: ArrayLike | None = None,
    conf: str = "log",
) -> Curve:
    """Nelson–Aalen estimate of the cumulative hazard, ``H(t) = Σ_{t_k <= t} d_k / n_k``.

    Variance ``Σ d_k / n_k²``. Ties, weights and ``id`` as in ``kaplan_meier``; the hazard of one
    cause among several comes from the ``event`` of that cause. ``conf``: ``log``,
    ``H·exp(±z·se/H)``, NaN where H is 0, or ``plain``, ``H ± z·se`` kept at or above 0; 95 %.

    Shapes: ``stop, event, start, weights, id`` (n,), ``event`` 0 or 1, times in any one unit.
    Errors: ``ValueError`` naming the argument and the first offending index.
    Source: Nelson (1972); Aalen (1978).

    >>> curve = nelson_aalen([2, 3, 3, 5, 8], [1, 1, 0, 0, 1])
    >>> curve.estimate.round(4).tolist()
    [0.2, 0.45, 0.45, 1.45]
    """
    if conf not in ("log", "plain"):
        raise ValueError("conf must be one of log, plain")
    stop_, start_ = follow_up(stop, start)
    event_ = indicator("event", event, len(stop_))
    table = risk_table(stop_, start_, event_, 1, case_weights(weights, len(stop_)), id)
    events = table.n_event[:, 0]
    hazard = np.cumsum(events / table.n_risk)
    std_error = np.sqrt(np.cumsum(events / table.n_risk**2))
    lower, upper = _interval(hazard, std_error, conf)
    status, reason = verdict(len(stop_), float(events.sum()), table.emptied)
    return Curve(
        **counts(table),
        n_event=events,
        estimate=hazard,
        std_error=std_error,
        lower=lower,
        upper=upper,
        status=status,
        reason=reason,
        before=0.0,
        conf=conf,
        variance="aalen",
    )


def _interval(hazard: Floats, std_error: Floats, conf: str) -> tuple[Floats, Floats]:
    z = float(ndtri(0.975))
    if conf == "plain":
        return np.maximum(hazard - z * std_error, 0), hazard + z * std_error
    positive = np.where(hazard > 0, hazard, np.nan)
    factor = np.exp(z * std_error / positive)
    return positive / factor, positive * factor
