"""Hazards of all causes that are level between whole years: drawing from them, and their truth."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Hazards:
    """``rates`` (pieces × causes) per day from ``starts`` (pieces) on, the first of which is 0."""

    starts: Floats
    rates: Floats

    def cumulative(self, day: Floats) -> Floats:
        """``H(t)`` of all causes together."""
        total = self.rates.sum(axis=1)
        knots = np.append(0.0, np.cumsum(np.diff(self.starts) * total[:-1]))
        piece = np.searchsorted(self.starts, day, side="right") - 1
        out: Floats = knots[piece] + (day - self.starts[piece]) * total[piece]
        return out

    def day_of(self, cumulative: Floats) -> Floats:
        """The day at which H reaches a value."""
        knots = self.cumulative(self.starts)
        piece = np.searchsorted(knots, cumulative, side="right") - 1
        total = self.rates.sum(axis=1)
        out: Floats = self.starts[piece] + (cumulative - knots[piece]) / total[piece]
        return out

    def draw(self, rng: np.random.Generator, entry: Floats) -> tuple[Floats, NDArray[np.int64]]:
        """The day something happens to people free of it at ``entry``, and the cause from 1."""
        day = self.day_of(self.cumulative(entry) + rng.exponential(size=len(entry)))
        piece = np.searchsorted(self.starts, day, side="right") - 1
        share = np.cumsum(self.rates, axis=1) / self.rates.sum(axis=1, keepdims=True)
        cause = (rng.random(len(entry))[:, None] >= share[piece]).sum(axis=1) + 1
        return day, np.minimum(cause, self.rates.shape[1])

    def incidence(self, day: float, since: float, cause: int) -> float:
        """``F(t) = Σ_j S(a_j) λ_jc / λ_j (1 − e^{−λ_j (b_j − a_j)})`` from ``since`` on."""
        ends = np.append(self.starts[1:], np.inf)
        low, high = np.clip(self.starts, since, day), np.clip(ends, since, day)
        total = self.rates.sum(axis=1)
        left = np.exp(self.cumulative(np.array([since]))[0] - self.cumulative(low))
        own = self.rates[:, cause - 1] / total
        return float((left * own * -np.expm1(-total * (high - low))).sum())

    def quantile(self, q: float, horizon: float, since: float, cause: int) -> float:
        """The whole day on which ``F(t) / F(horizon)`` first reaches ``q``."""
        days = np.arange(np.ceil(since), np.floor(horizon) + 1)
        goal = q * self.incidence(float(days[-1]), since, cause)
        low, high = 0, len(days) - 1
        while low < high:
            middle = (low + high) // 2
            if self.incidence(float(days[middle]), since, cause) >= goal:
                high = middle
            else:
                low = middle + 1
        return float(days[low])
