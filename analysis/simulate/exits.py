"""Leaving dialysis: death, stopping, transplantation, recovery, loss; and what follows."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from analysis.simulate.labs import PHOSPHATE_PER_MMOL, PTH_PER_PMOL
from analysis.simulate.people import FAR, HD, HHD, PD, YEAR

DEATH, STOPPED, TRANSPLANT, RECOVERY, LOST, END = range(6)
CAUSE_NAMES = ("death", "stopped", "transplant", "recovery", "lost", "end_of_data")


def exit_rates(
    days: np.ndarray,
    age: np.ndarray,
    pth: np.ndarray,
    phosphate: np.ndarray,
    calcinosis: np.ndarray,
    p: Mapping[str, float],
) -> np.ndarray:
    """Yearly rates of the five ways out: causes by people; labs underlying, SI units."""
    decades = (age - 62) / 10
    death = (
        p["death_rate"]
        * np.exp(
            p["death_age"] * decades
            + p["death_phosphate"] * (phosphate * PHOSPHATE_PER_MMOL - 5.3)
            + p["death_pth"] * np.maximum(np.log2(pth * PTH_PER_PMOL / 600), 0)
        )
        * np.where(days < 90, p["death_early"], 1.0)
        * np.where(calcinosis, p["death_calcinosis"], 1.0)
    )
    transplant = np.minimum(
        p["transplant_rate"] * np.exp(p["transplant_age"] * decades), p["transplant_rate_ceiling"]
    )
    recovery = np.where(days < YEAR, p["recovery_rate_first_year"], p["recovery_rate_later"])
    return np.stack(
        [
            death * (1 - p["stopped_share"]),
            death * p["stopped_share"],
            transplant,
            recovery,
            np.full(len(days), p["lost_rate"]),
        ]
    )


def first_exit(rng: np.random.Generator, rates: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Whole days until the first exit (at least 1) and its cause, at constant rates a year."""
    total = rates.sum(axis=0)
    wait = rng.standard_exponential(total.shape) / total
    days = np.minimum(np.ceil(wait * YEAR), FAR).astype(np.int64)
    above = np.cumsum(rates, axis=0) < rng.random(total.shape) * total
    return days, above.sum(axis=0)


def switch(
    rng: np.random.Generator, modality: np.ndarray, p: Mapping[str, float]
) -> tuple[np.ndarray, np.ndarray]:
    """Whole days until a change of modality and the modality changed to."""
    to_peritoneal, to_home = p["hd_to_peritoneal"], p["hd_to_home"]
    rate = np.select(
        [modality == HD, modality == PD],
        [to_peritoneal + to_home, p["peritoneal_to_hd"]],
        p["home_to_hd"],
    )
    wait = rng.standard_exponential(modality.shape) / rate
    days = np.minimum(np.ceil(wait * YEAR), FAR).astype(np.int64)
    from_hd = np.where(rng.random(modality.shape) * (to_peritoneal + to_home) < to_home, HHD, PD)
    return days, np.where(modality == HD, from_hd, HD)


def after_exit(
    rng: np.random.Generator, day: np.ndarray, cause: np.ndarray, end: int, p: Mapping[str, float]
) -> tuple[np.ndarray, np.ndarray]:
    """Day of death and day of return to dialysis after an exit; FAR where not within the data."""
    count = len(day)
    unit = rng.standard_exponential((2, count))
    last_days = rng.integers(3, 21, count)

    def wait(rate: float, row: int) -> np.ndarray:
        return (unit[row] / rate * YEAR).astype(np.int64) + 1

    late_death = np.select(
        [cause == TRANSPLANT, cause == RECOVERY],
        [wait(p["graft_death_rate"], 0), wait(p["recovered_death_rate"], 0)],
        FAR,
    )
    back = np.select(
        [cause == TRANSPLANT, cause == RECOVERY],
        [wait(p["graft_failure_rate"], 1), wait(p["restart_rate"], 1)],
        FAR,
    )
    back = np.where(back < FAR, back + int(p["return_after_days"]), FAR)
    until_death = np.select([cause == DEATH, cause == STOPPED], [0, last_days], late_death)
    death_day = np.where(until_death < np.minimum(back, FAR), day + until_death, FAR)
    return_day = np.where(back < until_death, day + back, FAR)
    return (
        np.where(death_day <= end, death_day, FAR),
        np.where(return_day <= end - 30, return_day, FAR),
    )
