"""The hazard itself, smoothed: how fast events come at each time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtri

from ..arguments import Floats, refuse, vector
from .nelson_aalen import nelson_aalen

Z = float(ndtri(0.975))


@dataclass(frozen=True)
class KernelHazard:
    """Hazard a unit of time at ``times`` (M,), with pointwise 95 % limits.

    ``n_risk`` at ``times``; ``n_event`` between the limits; ``not_estimable`` without events.
    Limits are NaN where the estimate is 0 or rests on less than one event (``n_effective``).
    """

    times: Floats
    estimate: Floats
    std_error: Floats
    lower: Floats
    upper: Floats
    n_risk: Floats
    bandwidth: float
    n_event: float
    status: Literal["ok", "not_estimable"]
    reason: str

    @property
    def n_effective(self) -> Floats:
        """Equally weighted events that would be as precise: (λ / se)², 0 where λ is 0.

        Above the events in the bandwidth it never is; below one only where the negative weights
        of a boundary kernel cancel the positive ones.
        """
        return np.where(self.estimate > 0, self.estimate / self.std_error, 0.0) ** 2


def kernel_hazard(
    stop: ArrayLike,
    event: ArrayLike,
    times: ArrayLike,
    *,
    limits: tuple[float, float],
    start: ArrayLike | None = None,
    id: ArrayLike | None = None,
    bandwidth: float | None = None,
) -> KernelHazard:
    """Smoothed hazard, ``λ(t) = Σ_k K((t − t_k)/b) d_k / n_k / b``.

    Variance ``Σ K² d_k / n_k² / b²``. K is Epanechnikov's kernel; within b of a limit, Müller and
    Wang's boundary kernel, which keeps the bias of the inside (its weights may be negative, and an
    estimate below 0 is set to 0). Increments outside ``limits`` are not used. Limits of λ are on
    the log scale, where at least one event's worth of information is left. ``bandwidth`` b: by
    default ``(R − L) / (2 d^{1/5})``, d events between the limits L and R, at most ``(R − L) / 2``.

    Shapes: ``stop, event, start, id`` (n,) as in ``nelson_aalen``, ``times`` (M,), all in one unit
    of time; the hazard is a unit of time.
    Errors: ``ValueError`` for times outside the limits, or a bandwidth not positive or above half
    the range.
    Source: Ramlau-Hansen (1983); Müller and Wang (1994).

    >>> fit = kernel_hazard([1, 2, 3, 4, 5, 6], [1, 1, 0, 1, 1, 0], [2, 4], limits=(0, 6))
    >>> fit.estimate.round(4).tolist()
    [0.136, 0.2609]
    """
    at = vector("times", times)
    left, right = (float(edge) for edge in limits)
    if not 0 <= left < right:
        raise ValueError("limits must be two increasing times, not negative")
    refuse("times", (at < left) | (at > right), "is outside the limits")
    curve = nelson_aalen(stop, event, start=start, id=id)
    used = (curve.times > left) & (curve.times <= right) & (curve.n_event > 0)
    n_event = float(curve.n_event[used].sum())
    width = default_bandwidth(left, right, n_event) if bandwidth is None else float(bandwidth)
    if not 0 < width <= (right - left) / 2:
        raise ValueError("bandwidth must be positive and at most half the range")
    n_risk = curve.at(at).n_risk if len(curve.times) else np.zeros(len(at))
    if n_event == 0:
        none = np.full(len(at), np.nan)
        reason = "no event between the limits"
        return KernelHazard(at, none, none, none, none, n_risk, width, 0.0, "not_estimable", reason)
    weight = kernel_weights(at, curve.times[used], (left, right), width)
    n, d = curve.n_risk[used], curve.n_event[used]
    estimate = np.maximum(weight @ (d / n), 0.0) / width
    error = np.sqrt(weight**2 @ (d / n**2)) / width
    # A log-normal with a standard error above its own size says nothing: an event has size 1.
    alone = (estimate > 0) & (estimate >= error * (1 - 1e-12))
    known = np.where(alone, estimate, np.nan)
    factor = np.exp(Z * error / known)
    return KernelHazard(
        at, estimate, error, known / factor, known * factor, n_risk, width, n_event, "ok", ""
    )


def default_bandwidth(left: float, right: float, n_event: float) -> float:
    """Half the range, narrowed with the fifth root of the events."""
    return float((right - left) / (2 * max(n_event, 1.0) ** 0.2))


def kernel_weights(at: Floats, events: Floats, limits: tuple[float, float], width: float) -> Floats:
    """K at ``(t − t_k)/b``: (M, K). Beyond a boundary the kernel is bent, of the same order.

    ``K_q(z) = 12 (1 + z) {(1 − 2q) z + (3q² − 2q + 1)/2} / (1 + q)⁴`` on [−1, q], q the distance
    to the boundary in bandwidths; Epanechnikov's at q = 1.
    """
    z = (at[:, None] - events) / width
    q_left = np.minimum((at - limits[0]) / width, 1.0)[:, None]
    q_right = np.minimum((limits[1] - at) / width, 1.0)[:, None]
    near_right = q_right < q_left
    z, q = np.where(near_right, -z, z), np.where(near_right, q_right, q_left)
    value = 12 * (1 + z) * ((1 - 2 * q) * z + (3 * q**2 - 2 * q + 1) / 2) / (1 + q) ** 4
    return np.where((z >= -1) & (z <= q), value, 0.0)
