"""The product-limit estimator."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ..arguments import Floats, case_weights, follow_up, indicator
from .at_risk import RiskTable, risk_table
from .confidence import require_transformation, survival_interval
from .curve import Curve, verdict


def kaplan_meier(
    stop: ArrayLike,
    event: ArrayLike,
    *,
    start: ArrayLike | None = None,
    weights: ArrayLike | None = None,
    id: ArrayLike | None = None,
    conf: str = "log-log",
) -> Curve:
    """Kaplan–Meier probability of no event by time t, ``S(t) = Π_{t_k <= t} (1 − d_k / n_k)``.

    Greenwood's standard error, ``S(t) · sqrt Σ d_k / (n_k (n_k − d_k))``; 0 once S is 0. Intervals
    are ``(start, stop]``; at ties events precede censorings, entries follow both. A weight of 2 is
    a doubled row. Rows of one ``id`` that touch are one at-risk period. ``conf``: the scale of the
    95 % limits, ``log-log``, ``log`` or ``plain``.

    If the risk set empties and fills again (late entry) the product is carried on, as in R: level
    over a gap, 0 for ever once all at risk have failed; ``status`` is then ``risk_set_emptied``.

    Shapes: ``stop, event, start, weights, id`` (n,), ``event`` 0 or 1, times in any one unit.
    Errors: ``ValueError`` naming the argument and the first offending index.
    Source: Kaplan and Meier (1958); Greenwood (1926); late entry: Andersen, Borgan, Gill and
    Keiding (1993).

    >>> curve = kaplan_meier([2, 3, 3, 5, 8], [1, 1, 0, 0, 1])
    >>> curve.times.tolist(), curve.n_risk.tolist()
    ([2.0, 3.0, 5.0, 8.0], [5.0, 4.0, 2.0, 1.0])
    >>> curve.estimate.round(4).tolist()
    [0.8, 0.6, 0.6, 0.0]
    >>> float(curve.at(4).estimate[0].round(4))
    0.6
    """
    require_transformation(conf)
    stop_, start_ = follow_up(stop, start)
    event_ = indicator("event", event, len(stop_))
    table = risk_table(stop_, start_, event_, 1, case_weights(weights, len(stop_)), id)
    events = table.n_event[:, 0]
    survival = product_limit(table.n_risk, events)
    std_error = survival * np.sqrt(greenwood_sum(table.n_risk, events))
    lower, upper = survival_interval(survival, std_error, conf)
    status, reason = verdict(len(stop_), float(events.sum()), table.emptied)
    return Curve(
        **counts(table),
        n_event=events,
        estimate=survival,
        std_error=std_error,
        lower=lower,
        upper=upper,
        status=status,
        reason=reason,
        before=1.0,
        conf=conf,
        variance="greenwood",
    )


def product_limit(at_risk: Floats, events: Floats) -> Floats:
    """``Π (1 − d_k / n_k)`` over ascending times; ``at_risk`` is positive."""
    factors: Floats = (at_risk - events) / at_risk
    survival: Floats = np.multiply.accumulate(factors)
    return survival


def greenwood_sum(at_risk: Floats, events: Floats) -> Floats:
    """``Σ d_k / (n_k (n_k − d_k))``, terms with ``d_k = n_k`` left out (S is 0 there)."""
    left = at_risk - events
    term = np.divide(events, at_risk * left, out=np.zeros_like(events), where=left > 0)
    return np.cumsum(term)


def counts(table: RiskTable) -> dict[str, Any]:
    """The columns every curve takes over from its risk table."""
    return {
        "times": table.times,
        "n_risk": table.n_risk,
        "n_enter": table.n_enter,
        "n_censor": table.n_censor,
        "entry_times": table.entry_times,
        "entries": table.entries,
    }
