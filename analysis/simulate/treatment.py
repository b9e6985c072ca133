"""Treatment answers labs: binders, active vitamin D and cinacalcet start and stop at visits."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from analysis.simulate.labs import CALCIUM_PER_MMOL, PHOSPHATE_PER_MMOL, PTH_PER_PMOL

BINDER, VITAMIN_D, CINACALCET = range(3)
CALCIUM_BINDERS, OTHER_BINDERS = ("V03AE07", "A12AA04"), ("V03AE02", "V03AE03")
ACTIVE_VITAMIN_D = ("A11CC03", "A11CC04", "H05BX02")
CINACALCET_CODE, WARFARIN_CODE = "H05BX01", "B01AA03"


def next_treatment(
    rng: np.random.Generator,
    on: np.ndarray,
    pth: np.ndarray,
    calcium: np.ndarray,
    phosphate: np.ndarray,
    p: Mapping[str, float],
) -> np.ndarray:
    """Which drugs people are on after a visit, from the last recorded values (SI units).

    ``on`` and the answer: bool, drugs by people. A value that is not known (NaN) changes nothing.
    """
    with np.errstate(invalid="ignore"):
        pth_pg, calcium_mg = pth * PTH_PER_PMOL, calcium * CALCIUM_PER_MMOL
        phosphate_mg = phosphate * PHOSPHATE_PER_MMOL
        wanted = np.stack(
            [
                phosphate_mg > 5.5,
                (pth_pg > 300) & (calcium_mg < 9.8),
                (pth_pg > 500) & (calcium_mg > 8.8),
            ]
        )
        unwanted = np.stack(
            [
                phosphate_mg < 3.2,
                (pth_pg < 150) | (calcium_mg > 10.5),
                (pth_pg < 150) | (calcium_mg < 7.9),
            ]
        )
    draw = rng.random(on.shape)
    start = np.array([p["binder_start"], p["vitamin_d_start"], p["cinacalcet_start"]])[:, None]
    return np.where(on, ~(unwanted & (draw < p["stop"])), wanted & (draw < start))


def effects(
    on: np.ndarray, calcium_binder: np.ndarray, p: Mapping[str, float]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """What the drugs do to ln PTH, calcium and ln phosphate."""
    return (
        p["vitamin_d_log_pth"] * on[VITAMIN_D] + p["cinacalcet_log_pth"] * on[CINACALCET],
        p["vitamin_d_calcium"] * on[VITAMIN_D]
        + p["cinacalcet_calcium"] * on[CINACALCET]
        + p["binder_calcium"] * (on[BINDER] & calcium_binder),
        p["binder_phosphate"] * on[BINDER] + p["vitamin_d_phosphate"] * on[VITAMIN_D],
    )


def code_of(drug: int, calcium_binder: np.ndarray, number: np.ndarray) -> np.ndarray:
    """The ATC code a person's drug is recorded under: constant for the person."""
    if drug == BINDER:
        pick = number % 2
        calcium = np.array(CALCIUM_BINDERS)[pick]
        return np.where(calcium_binder, calcium, np.array(OTHER_BINDERS)[pick])
    if drug == VITAMIN_D:
        return np.array(ACTIVE_VITAMIN_D)[number % 3]
    return np.full(len(number), CINACALCET_CODE)
