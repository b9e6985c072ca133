"""Reported laboratory values: rounded, in the centre's units, on the visits it is due.

Underlying values are in pg/mL, mg/dL, g/L, U/L, nmol/L and mmol/L; recorded values are whole
numbers of the last decimal that the laboratory reports.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

PTH, CALCIUM, PHOSPHATE, ALBUMIN, ALKALINE, VITAMIN_D, BICARBONATE = range(7)
PTH_PER_PMOL, CALCIUM_PER_MMOL, PHOSPHATE_PER_MMOL, VITAMIN_D_PER_NG = 9.425, 4.0078, 3.0974, 2.496
LARGEST = 4000  # the largest whole number of last decimals that the limits below allow
ASSAY_UPPER_LIMIT = {-1: 60.0, 0: 65.0, 1: 88.0}  # pg/mL, by assay


@dataclass(frozen=True)
class Reported:
    """One unit system of an analyte: underlying / divisor is the value in ``unit``."""

    unit: str
    divisor: float
    decimals: int
    to_si: float  # value in ``unit`` times this is SI


@dataclass(frozen=True)
class Analyte:
    name: str
    limits: tuple[float, float]  # underlying values are kept within these, inside the soft limits
    conventional: Reported
    si: Reported


ANALYTES = (
    Analyte(
        "pth",
        (6.0, 2990.0),
        Reported("pg/mL", 1.0, 0, 1 / PTH_PER_PMOL),
        Reported("pmol/L", PTH_PER_PMOL, 1, 1.0),
    ),
    Analyte(
        "calcium",
        (6.5, 12.9),
        Reported("mg/dL", 1.0, 1, 1 / CALCIUM_PER_MMOL),
        Reported("mmol/L", CALCIUM_PER_MMOL, 2, 1.0),
    ),
    Analyte(
        "phosphate",
        (1.6, 12.9),
        Reported("mg/dL", 1.0, 1, 1 / PHOSPHATE_PER_MMOL),
        Reported("mmol/L", PHOSPHATE_PER_MMOL, 2, 1.0),
    ),
    Analyte("albumin", (16.0, 49.0), Reported("g/dL", 10.0, 1, 10.0), Reported("g/L", 1.0, 0, 1.0)),
    Analyte(
        "alkaline_phosphatase",
        (21.0, 1400.0),
        Reported("U/L", 1.0, 0, 1.0),
        Reported("U/L", 1.0, 0, 1.0),
    ),
    Analyte(
        "vitamin_d_25oh",
        (6.0, 290.0),
        Reported("ng/mL", VITAMIN_D_PER_NG, 1, VITAMIN_D_PER_NG),
        Reported("nmol/L", 1.0, 0, 1.0),
    ),
    Analyte(
        "bicarbonate",
        (11.0, 39.0),
        Reported("mmol/L", 1.0, 0, 1.0),
        Reported("mmol/L", 1.0, 0, 1.0),
    ),
)


def recorded(
    analyte: int, underlying: np.ndarray, conventional: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Rounded as reported: whole numbers of the last decimal, and the value in SI units.

    ``conventional`` says per value which unit system the centre reports in.
    """
    kind = ANALYTES[analyte]
    value = np.clip(underlying, *kind.limits)
    steps, si = [], []
    for form in (kind.conventional, kind.si):
        whole = np.rint(value / form.divisor * 10**form.decimals).astype(np.int64)
        steps.append(whole)
        si.append(whole / 10**form.decimals * form.to_si)
    return np.where(conventional, steps[0], steps[1]), np.where(conventional, si[0], si[1])


def text_index(analyte: np.ndarray, steps: np.ndarray, conventional: np.ndarray) -> np.ndarray:
    """Where ``value_texts`` holds the text of these results."""
    decimals = np.array([[a.si.decimals, a.conventional.decimals] for a in ANALYTES])
    return decimals[analyte, conventional.astype(int)] * (LARGEST + 1) + steps


def value_texts() -> list[str]:
    """Every number a laboratory can write: 0 to ``LARGEST`` steps of 0, 1 and 2 decimals."""
    return [
        f"{steps / 10**decimals:.{decimals}f}"
        for decimals in range(3)
        for steps in range(LARGEST + 1)
    ]


def units() -> list[str]:
    """Units by analyte, conventional first: entry ``2 * analyte`` and ``2 * analyte + 1``."""
    return [unit for a in ANALYTES for unit in (a.conventional.unit, a.si.unit)]


def corrected_calcium(calcium: np.ndarray, albumin: np.ndarray) -> np.ndarray:
    """``Ca + 0.02 (40 - albumin)``; mmol/L and g/L (Payne 1973)."""
    return calcium + 0.02 * (40.0 - albumin)


def due(visit: np.ndarray, panel: np.ndarray, p: Mapping[str, float]) -> np.ndarray:
    """Which analytes are due: bool, analytes by people. ``panel`` asks for the mineral ones."""
    chemistry = (visit % int(p["chemistry_every"]) == 0) | panel
    pth = (visit % int(p["pth_every"]) == 0) | panel
    other = visit % int(p["other_every"]) == 0
    vitamin_d = visit % int(p["vitamin_d_every"]) == 0
    return np.stack([pth, chemistry, chemistry, chemistry, other, vitamin_d, other])


def missing(
    rng: np.random.Generator,
    last_pth: np.ndarray,
    peritoneal: np.ndarray,
    age: np.ndarray,
    p: Mapping[str, float],
) -> np.ndarray:
    """Scenario D: which results are missing, at random given what was recorded before.

    The log odds move with the last recorded PTH (pmol/L, NaN before the first), modality and
    age, never with the value that would be missing. Bool, analytes by people; the chemistry of a
    visit is missing together.
    """
    with np.errstate(invalid="ignore"):
        stable = (last_pth * PTH_PER_PMOL >= 150) & (last_pth * PTH_PER_PMOL <= 300)
    shift = (
        p["missing_stable"] * stable
        + p["missing_peritoneal"] * peritoneal
        + p["missing_age"] * (age - 60) / 10
    )

    def absent(share: float) -> np.ndarray:
        odds = share / (1 - share) * np.exp(shift)
        return rng.random(len(age)) < odds / (1 + odds)

    pth, chemistry, other = (
        absent(p["missing_pth"]),
        absent(p["missing_chemistry"]),
        absent(p["missing_pth"]),
    )
    return np.stack([pth, chemistry, chemistry, chemistry, other, other, other])
