"""Parathyroidectomy: likelier with high PTH, labs fall after it, calcinosis resolves after it."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from analysis.simulate.labs import CALCIUM_PER_MMOL, PTH_PER_PMOL
from analysis.simulate.people import FAR


def yearly_rate(
    pth: np.ndarray,
    calcium: np.ndarray,
    age: np.ndarray,
    calcinosis: np.ndarray,
    p: Mapping[str, float],
) -> np.ndarray:
    """Rate per year from the last recorded values (pmol/L, mmol/L; NaN: rate 0)."""
    pth_known, calcium_known = np.nan_to_num(pth, nan=1e-6), np.nan_to_num(calcium, nan=2.25)
    log_rate = (
        np.log(p["ptx_rate"])
        + p["ptx_pth"] * np.log(np.maximum(pth_known, 1e-6) * PTH_PER_PMOL / 800)
        + p["ptx_calcium"] * (calcium_known * CALCIUM_PER_MMOL - 9.5)
        + p["ptx_age"] * (age - 60) / 10
        + np.log(p["ptx_calcinosis"]) * calcinosis
    )
    return np.minimum(np.exp(log_rate), p["ptx_rate_ceiling"])


def effects(
    days_since: np.ndarray, p: Mapping[str, float]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Change of ln PTH, calcium and ln phosphate; zero before the operation (negative days)."""
    after = days_since >= 0
    fading = np.exp(-np.maximum(days_since, 0) / p["ptx_recovery_days"])

    def change(at_once: str, late: str) -> np.ndarray:
        return after * (p[late] + (p[at_once] - p[late]) * fading)

    return (
        change("ptx_log_pth", "ptx_log_pth_late"),
        change("ptx_calcium_drop", "ptx_calcium_late"),
        change("ptx_phosphate_drop", "ptx_phosphate_late"),
    )


def resolution_day(
    rng: np.random.Generator,
    onset_day: np.ndarray,
    operation_day: np.ndarray,
    p: Mapping[str, float],
) -> np.ndarray:
    """Day on which calcinosis has resolved; FAR: never. Exponential with the stated median."""
    count = len(onset_day)
    resolves = rng.random(count) < p["resolution_share"]
    wait = 1 + rng.exponential(p["resolution_days"] / np.log(2), count).astype(np.int64)
    active = (operation_day < FAR) & (onset_day <= operation_day) & resolves
    return np.where(active, operation_day + wait, FAR)
