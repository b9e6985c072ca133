"""Fine and Gray's weighted likelihood from its definition, with late entry (Geskus 2011)."""

from __future__ import annotations

import numpy as np


def before(times, start, stop, cause, weight):
    """``g(t) = G(t-) H(t-)``: remaining uncensored before t, having entered before t.

    Events come before censorings at one time; H runs backwards over the times of entry.
    """
    g = np.ones(len(times))
    for k, t in enumerate(times):
        for u in np.unique(stop[(cause == 0) & (stop < t)]):
            exposed = (start < u) & (u <= stop) & ~((stop == u) & (cause > 0))
            g[k] *= weight[exposed & (stop > u)].sum() / weight[exposed].sum()
        for u in np.unique(start[start >= t]):
            exposed = (start <= u) & (u < stop)
            g[k] *= weight[exposed & (start < u)].sum() / weight[exposed].sum()
    return g


def likelihood(beta, X, start, stop, cause, weight, interest=1):
    """Log-likelihood, score (p) and information (p × p) at ``beta``, Breslow's ties.

    At t whoever is at risk counts 1, whoever had a competing event at T before it g(t)/g(T).
    """
    p, times = X.shape[1], np.unique(stop[cause == interest])
    g_times = before(times, start, stop, cause, weight)
    g_stop = before(stop, start, stop, cause, weight)
    value, score, information = 0.0, np.zeros(p), np.zeros((p, p))
    for t, g in zip(times, g_times, strict=True):
        competing = (cause > 0) & (cause != interest) & (stop < t)
        share = np.divide(g, g_stop, out=np.zeros(len(stop)), where=competing)
        counts = np.where((start < t) & (t <= stop), 1.0, share)
        events = (cause == interest) & (stop == t)
        r = weight * np.exp(X @ beta) * counts
        mean = r @ X / r.sum()
        d = weight[events].sum()
        value += weight[events] @ (X[events] @ beta) - d * np.log(r.sum())
        score += weight[events] @ X[events] - d * mean
        information += d * (r * (X - mean).T) @ (X - mean) / r.sum()
    return value, score, information
