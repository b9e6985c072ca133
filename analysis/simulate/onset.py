"""Onset of calcinosis: a proportional hazard on time since first dialysis.

``h(t | x) = lambda * g'(t) * exp(b (x - reference))`` with ``g(t) = (t / 1 year) ** shape``, so
the cumulative hazard of a stretch on which ``x`` is constant has a closed form and an inverse.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from analysis.simulate.people import YEAR

TERMS = ("log2_pth", "calcium_corrected", "phosphate", "age", "male")
CALCIUM_STEP, PHOSPHATE_STEP, AGE_STEP = 0.25, 0.323, 10.0


@dataclass(frozen=True)
class Hazard:
    """The assumed truth. ``scale`` is lambda, the cumulative baseline hazard at one year."""

    log_ratios: tuple[float, ...]
    scale: float
    shape: float
    reference: tuple[float, ...]

    def cumulative_baseline(self, days: np.ndarray) -> np.ndarray:
        """``lambda * g(days)``."""
        return self.scale * (np.maximum(days, 0) / YEAR) ** self.shape

    def day_of(self, cumulative: np.ndarray) -> np.ndarray:
        """The inverse of ``cumulative_baseline``, in days."""
        return YEAR * (cumulative / self.scale) ** (1 / self.shape)

    def ratio(
        self,
        pth: np.ndarray,
        calcium: np.ndarray,
        phosphate: np.ndarray,
        age: np.ndarray,
        male: np.ndarray,
    ) -> np.ndarray:
        """Hazard ratio to the reference; pmol/L, mmol/L, mmol/L, years, 0/1."""
        x = (
            np.log2(pth),
            calcium / CALCIUM_STEP,
            phosphate / PHOSPHATE_STEP,
            age / AGE_STEP,
            male.astype(float),
        )
        total = np.zeros(len(pth))
        for b, column, reference in zip(self.log_ratios, x, self.reference, strict=True):
            total = total + b * (column - reference)
        return np.exp(total)


def hazard_of(
    log_hazard_ratios: Mapping[str, float], scale: float, p: Mapping[str, float]
) -> Hazard:
    """The hazard a protocol assumes; terms it leaves out have no effect."""
    unknown = sorted(set(log_hazard_ratios) - set(TERMS))
    if unknown:
        raise ValueError(f"simulation.log_hazard_ratios: unknown term {unknown[0]}")
    return Hazard(
        log_ratios=tuple(float(log_hazard_ratios.get(term, 0.0)) for term in TERMS),
        scale=scale,
        shape=p["baseline_shape"],
        reference=(
            float(np.log2(p["reference_pth"])),
            p["reference_calcium"] / CALCIUM_STEP,
            p["reference_phosphate"] / PHOSPHATE_STEP,
            p["reference_age"] / AGE_STEP,
            0.0,
        ),
    )


def onset_time(
    hazard: Hazard, start: np.ndarray, ratio: np.ndarray, remaining: np.ndarray
) -> np.ndarray:
    """Days since first dialysis at which ``remaining`` cumulative hazard is used up.

    From ``start`` on, at a constant ratio; infinite where the ratio is 0.
    """
    with np.errstate(divide="ignore"):
        extra = np.where(ratio > 0, remaining / np.where(ratio > 0, ratio, 1.0), np.inf)
    return hazard.day_of(hazard.cumulative_baseline(start) + extra)
