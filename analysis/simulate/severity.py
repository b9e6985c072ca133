"""Latent severity of hyperparathyroidism, and what it makes of calcium, phosphate, PTH and ALP.

PTH in ln pg/mL, corrected calcium in mg/dL, phosphate in ln mg/dL, albumin in g/L.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from analysis.simulate.people import YEAR, Centres, SimulatedPeople

FEBRUARY = 45  # day of the year on which PTH is highest


@dataclass(frozen=True)
class Latent:
    """A person's own means, constant over time."""

    severity: np.ndarray  # standard normal at age 62
    log_pth: np.ndarray
    calcium: np.ndarray
    log_phosphate: np.ndarray
    albumin: np.ndarray
    log_alkaline: np.ndarray


def draw_latent(
    rng: np.random.Generator, people: SimulatedPeople, centres: Centres, p: Mapping[str, float]
) -> Latent:
    """Between-person values: one severity, and deviations that share it by the correlations."""
    z = rng.standard_normal((5, len(people)))
    age = (people.age - p["age_mean"]) / 10
    share = p["severity_age"] * p["age_sd"] / 10
    severity = p["severity_age"] * age + np.sqrt(1 - share**2) * z[0]

    def mixed(rho: float, own: np.ndarray) -> np.ndarray:
        return rho * severity + np.sqrt(1 - rho**2) * own

    return Latent(
        severity=severity,
        log_pth=p["log_pth"] + p["log_pth_between_sd"] * severity + centres.log_pth[people.centre],
        calcium=p["calcium"] + p["calcium_between_sd"] * mixed(p["severity_calcium"], z[1]),
        log_phosphate=p["log_phosphate"]
        + p["log_phosphate_between_sd"] * mixed(p["severity_phosphate"], z[2])
        + centres.log_phosphate[people.centre],
        albumin=p["albumin"] + p["albumin_between_sd"] * z[3],
        log_alkaline=p["log_alkaline"]
        + p["log_alkaline_between_sd"] * mixed(p["severity_alkaline"], z[4]),
    )


def drift(days: np.ndarray, p: Mapping[str, float]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Change of ln PTH, calcium and ln phosphate over time since first dialysis.

    The early change is complete at 120 days; PTH then rises linearly until 4.5 years.
    Centred at 2 years, so that a person's own mean is the level around then.
    """
    early = 1 - np.minimum(days, 120) / 120
    rise = (np.clip(days, 120, 4.5 * YEAR) - 2 * YEAR) / YEAR
    return (
        p["pth_early_fall"] * early + p["pth_yearly_rise"] * rise,
        -p["calcium_early_rise"] * early,
        -p["phosphate_early_rise"] * early,
    )


def season(day: np.ndarray) -> np.ndarray:
    """A yearly cosine, 1 in mid-February."""
    return np.cos(2 * np.pi * (day - FEBRUARY) / YEAR)


def next_slow(rng: np.random.Generator, slow: np.ndarray, correlation: float) -> np.ndarray:
    """One step of a stationary standard autoregression: ``rho * u + sqrt(1 - rho^2) * e``."""
    return correlation * slow + np.sqrt(1 - correlation**2) * rng.standard_normal(slow.shape)
