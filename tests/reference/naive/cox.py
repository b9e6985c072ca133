"""Cox's partial likelihood, score and information from the definition (Cox 1972; Efron 1977)."""

from __future__ import annotations

import numpy as np


def at_risk(start, stop, t):
    return (start < t) & (t <= stop)


def likelihood(beta, X, start, stop, event, *, weight, stratum, offset, ties="efron"):  # noqa: PLR0913
    """Log-likelihood, score (p) and information (p × p) at ``beta``; arrays have n rows.

    At each event time of a stratum, Breslow takes one step for all d events together; Efron d
    steps of their mean weight, in step j of which the events count 1 - j/d in the risk set.
    """
    p = X.shape[1]
    value, score, information = 0.0, np.zeros(p), np.zeros((p, p))
    eta = X @ beta + offset
    r = weight * np.exp(eta)
    for s in np.unique(stratum):
        here = stratum == s
        for t in np.unique(stop[here & (event == 1)]):
            risk_set = here & at_risk(start, stop, t)
            events = risk_set & (event == 1) & (stop == t)
            d = int(events.sum()) if ties == "efron" else 1
            value += weight[events] @ eta[events]
            score += weight[events] @ X[events]
            for j in range(d):
                share = r * np.where(events, 1 - j / d, 1.0)
                s0 = share[risk_set].sum()
                mean = share[risk_set] @ X[risk_set] / s0
                centred = X[risk_set] - mean
                step = weight[events].sum() / d
                value -= step * np.log(s0)
                score -= step * mean
                information += step * (share[risk_set] * centred.T) @ centred / s0
    return value, score, information


def martingale(beta, X, start, stop, event, *, weight, stratum, offset):
    """``event - exp(η) Λ̂`` of each row, Breslow's hazard."""
    eta = X @ beta + offset
    r, out = weight * np.exp(eta), event.astype(float)
    for s in np.unique(stratum):
        here = stratum == s
        for t in np.unique(stop[here & (event == 1)]):
            risk_set = here & at_risk(start, stop, t)
            events = risk_set & (event == 1) & (stop == t)
            out[risk_set] -= np.exp(eta[risk_set]) * weight[events].sum() / r[risk_set].sum()
    return out
