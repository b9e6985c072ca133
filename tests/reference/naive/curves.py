"""The product limit and the Aalen-Johansen estimator from their definitions."""

from __future__ import annotations

import numpy as np


def aalen_johansen(start, stop, cause, weight, causes):
    """Times; by time the number at risk, event-free probability, hazard, incidences by cause.

    At each time the incidence of a cause grows by event-free before × events over at risk.
    """
    free, hazard, incidence, out = 1.0, 0.0, np.zeros(len(causes)), []
    for t in np.unique(stop):
        here = (start < t) & (t <= stop)
        leaving = here & (stop == t) & (cause > 0)
        n = weight[here].sum()
        d = np.array([weight[leaving & (cause == c)].sum() for c in causes])
        incidence = incidence + free * d / n
        hazard += d.sum() / n
        staying = weight[here & ~leaving].sum()  # nothing where everybody fails, exactly
        free *= staying / n
        out.append((t, n, free, hazard, *incidence))
    return np.array(out)
