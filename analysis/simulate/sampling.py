"""What is in a blood sample: the underlying values of the day, and noise."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from analysis.simulate import labs
from analysis.simulate.severity import Latent


def measured(
    rng: np.random.Generator,
    drawn: np.ndarray,
    underlying: np.ndarray,
    latent: Latent,
    assay: np.ndarray,
    p: Mapping[str, float],
) -> dict[int, np.ndarray]:
    """Values before rounding by analyte, in pg/mL, mg/dL, g/L, U/L, nmol/L and mmol/L.

    ``drawn`` is bool, analytes by people; ``underlying`` PTH, corrected calcium and phosphate in
    SI units. Total calcium is what the centre would correct back: ``Ca - 0.08 (40 - albumin)``.
    """
    normal = rng.standard_normal
    pth, chemistry, alkaline, vitamin_d = (
        np.flatnonzero(drawn[k]) for k in (labs.PTH, labs.CALCIUM, labs.ALKALINE, labs.VITAMIN_D)
    )
    noise = normal((3, len(chemistry)))
    albumin = latent.albumin[chemistry] + p["albumin_noise_sd"] * noise[0]
    albumin = np.clip(albumin, *labs.ANALYTES[labs.ALBUMIN].limits)
    corrected = underlying[1, chemistry] * labs.CALCIUM_PER_MMOL
    phosphate = underlying[2, chemistry] * labs.PHOSPHATE_PER_MMOL
    log_pth = p["assay_spread"] * assay[pth] + p["log_pth_noise_sd"] * normal(len(pth))
    alkaline_noise = p["log_alkaline_noise_sd"] * normal(len(alkaline))
    return {
        labs.PTH: underlying[0, pth] * labs.PTH_PER_PMOL * np.exp(log_pth),
        labs.CALCIUM: corrected + p["calcium_noise_sd"] * noise[1] - 0.08 * (40.0 - albumin),
        labs.PHOSPHATE: phosphate * np.exp(p["log_phosphate_noise_sd"] * noise[2]),
        labs.ALBUMIN: albumin,
        labs.ALKALINE: np.exp(latent.log_alkaline[alkaline] + alkaline_noise),
        labs.VITAMIN_D: np.exp(p["log_vitamin_d"] + p["log_vitamin_d_sd"] * normal(len(vitamin_d))),
        labs.BICARBONATE: p["bicarbonate"] + p["bicarbonate_sd"] * normal(len(alkaline)),
    }
