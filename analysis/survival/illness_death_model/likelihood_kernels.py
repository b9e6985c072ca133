"""Compiled loop of the illness–death likelihood: one pass over people, one over quadrature nodes.

Explicit signatures and a cache on disk: compiled once, at set-up. Serial, so that sums are folded
in one order. ``theta`` is (log Λ at t = 1, shape) of onset, of death without and of death after
onset.
"""

from __future__ import annotations

import numpy as np

from ..arguments import Flags, Floats
from ..numerics.compiled import compiled

_PATH = "f8(f8[::1], f8, f8, b1, f8[::1], f8[::1])"
_FREE = "f8(f8[::1], f8, b1, f8[::1], f8[::1])"
_FOLD = "f8(f8, f8, f8, f8[::1], f8[::1], f8[::1], f8[:, ::1])"
_CLOSE = "f8(f8, f8[::1], f8[::1], f8[:, ::1], f8, f8[::1], f8[:, ::1])"
_ENTRY = "f8(f8[::1], f8, f8, f8[::1], f8[:, ::1])"
_ALL = "f8(f8[::1], f8[:, ::1], b1[::1], b1[::1], f8[:, ::1], f8, f8[::1], f8[:, ::1])"


@compiled(_PATH)
def ill_path(theta: Floats, log_v: float, log_x: float, died: bool, g: Floats, h: Floats) -> float:
    """Log density of onset at v, then alive to x (or dead at x); its gradient and curvature.

    ``g`` (6,) is the gradient, ``h`` (9,) the second derivatives: three a transition, by
    (intercept, intercept), (intercept, shape), (shape, shape). Transitions do not mix.
    """
    a, b, c = theta[1], theta[3], theta[5]
    onset = np.exp(theta[0] + a * log_v)
    death = np.exp(theta[2] + b * log_v)
    before, after = np.exp(theta[4] + c * log_v), np.exp(theta[4] + c * log_x)
    g[0], g[1] = 1 - onset, log_v + 1 / a - onset * log_v
    g[2], g[3] = -death, -death * log_v
    g[4], g[5] = before - after, before * log_v - after * log_x
    h[0], h[1], h[2] = -onset, -onset * log_v, -onset * log_v * log_v - 1 / (a * a)
    h[3], h[4], h[5] = -death, -death * log_v, -death * log_v * log_v
    h[6], h[7] = before - after, before * log_v - after * log_x
    h[8] = before * log_v * log_v - after * log_x * log_x
    out = theta[0] + (a - 1) * log_v + np.log(a) - onset - death + before - after
    if died:
        g[4] += 1
        g[5] += log_x + 1 / c
        h[8] -= 1 / (c * c)
        out += theta[4] + (c - 1) * log_x + np.log(c)
    return float(out)


@compiled(_FREE)
def free_path(theta: Floats, log_x: float, died: bool, g: Floats, h: Floats) -> float:
    """Log density of no onset by x, alive (or dead at x); ``g`` and ``h`` as :func:`ill_path`."""
    a, b = theta[1], theta[3]
    onset, death = np.exp(theta[0] + a * log_x), np.exp(theta[2] + b * log_x)
    g[0], g[1], g[2], g[3], g[4], g[5] = -onset, -onset * log_x, -death, -death * log_x, 0, 0
    h[0], h[1], h[2] = -onset, -onset * log_x, -onset * log_x * log_x
    h[3], h[4], h[5] = -death, -death * log_x, -death * log_x * log_x
    h[6], h[7], h[8] = 0, 0, 0
    out = -onset - death
    if died:
        g[2] += 1
        g[3] += log_x + 1 / b
        h[5] -= 1 / (b * b)
        out += theta[2] + (b - 1) * log_x + np.log(b)
    return float(out)


@compiled(_FOLD)
def fold(
    top: float, log_value: float, share: float, g: Floats, h: Floats, total: Floats, moments: Floats
) -> float:
    """Add ``share`` · exp(log_value) to sums kept relative to exp(top); the new ``top``.

    ``total`` (7,) holds the sum and its gradient, ``moments`` (6, 6) its second derivatives
    (upper triangle).
    """
    if log_value > top:
        shrink = np.exp(top - log_value) if top > -np.inf else 0.0
        for j in range(7):
            total[j] *= shrink
        for j in range(6):
            for k in range(j, 6):
                moments[j, k] *= shrink
        top = log_value
    p = share * np.exp(log_value - top)
    total[0] += p
    for j in range(6):
        total[j + 1] += p * g[j]
        for k in range(j, 6):
            moments[j, k] += p * g[j] * g[k]
    for t in range(3):
        moments[2 * t, 2 * t] += p * h[3 * t]
        moments[2 * t, 2 * t + 1] += p * h[3 * t + 1]
        moments[2 * t + 1, 2 * t + 1] += p * h[3 * t + 2]
    return top


@compiled(_CLOSE)
def close_row(
    top: float,
    total: Floats,
    mean: Floats,
    moments: Floats,
    weight: float,
    score: Floats,
    second: Floats,
) -> float:
    """Add ``weight`` times the log of a row's sum, with derivatives; the log-likelihood."""
    for j in range(6):
        mean[j] = total[j + 1] / total[0]
        score[j] += weight * mean[j]
    for j in range(6):
        for k in range(j, 6):
            second[j, k] += weight * (moments[j, k] / total[0] - mean[j] * mean[k])
    return float(weight * (top + np.log(total[0])))


@compiled(_ENTRY)
def entry_term(theta: Floats, entry: float, weight: float, score: Floats, second: Floats) -> float:
    """Minus ``weight`` times the log probability of being alive without onset at ``entry``."""
    log_a = np.log(entry)
    out = 0.0
    for t in range(2):
        total = np.exp(theta[2 * t] + theta[2 * t + 1] * log_a)
        out += weight * total
        score[2 * t] += weight * total
        score[2 * t + 1] += weight * total * log_a
        second[2 * t, 2 * t] += weight * total
        second[2 * t, 2 * t + 1] += weight * total * log_a
        second[2 * t + 1, 2 * t + 1] += weight * total * log_a * log_a
    return out


@compiled(_ALL)
def log_likelihood(
    theta: Floats,
    known: Floats,
    died: Flags,
    may_be_free: Flags,
    quadrature: Floats,
    power: float,
    score: Floats,
    second: Floats,
) -> float:
    """Σ w log{[may be free] P(no onset by x) + ∫ onset in (low, high], then on to x} + entry.

    ``known`` (n, 5) holds low, high, exit x, entry and weight. ``low`` equal to ``high`` without
    ``may_be_free`` is an exact onset. ``quadrature`` (nodes, 2), Gauss–Legendre on (0, 1), is
    spaced on t^(1/power), which smooths the Weibull's corner at zero. ``score`` (6,) and the upper
    triangle of ``second`` (6, 6) are added to.
    """
    g, h, mean, total = np.zeros(6), np.zeros(9), np.zeros(6), np.zeros(7)
    moments = np.zeros((6, 6))
    out, lost = 0.0, 0.0
    for i in range(known.shape[0]):
        low, high, entry, weight = known[i, 0], known[i, 1], known[i, 3], known[i, 4]
        total[:] = 0
        moments[:] = 0
        top, log_x = -np.inf, np.log(known[i, 2])
        if may_be_free[i]:
            value = free_path(theta, log_x, died[i], g, h)
            top = fold(top, value, 1.0, g, h, total, moments)
        if high > low:
            left, right = low ** (1 / power), high ** (1 / power)
            for k in range(quadrature.shape[0]):
                root = left + (right - left) * quadrature[k, 0]
                log_v = power * np.log(root)
                value = ill_path(theta, log_v, log_x, died[i], g, h)
                share = quadrature[k, 1] * (right - left) * power * np.exp(log_v) / root
                top = fold(top, value, share, g, h, total, moments)
        elif not may_be_free[i]:
            value = ill_path(theta, np.log(high), log_x, died[i], g, h)
            top = fold(top, value, 1.0, g, h, total, moments)
        term = close_row(top, total, mean, moments, weight, score, second)
        if entry > 0:
            term += entry_term(theta, entry, weight, score, second)
        # What the running sum rounds away is kept (Neumaier, 1974): near the maximum a Newton
        # step gains less than that, and would be refused.
        ahead = out + term
        lost += (out - ahead) + term if abs(out) >= abs(term) else (term - ahead) + out
        out = ahead
    return out + lost
