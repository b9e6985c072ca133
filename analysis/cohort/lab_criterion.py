"""A laboratory criterion for the case definition: off by default, refused for question 3.

``any_mineral``: PTH above nine times the assay's upper limit, or phosphate above 1.78 mmol/L, or
calcium × phosphate above 4.43 mmol²/L², within 90 days. ``pth_required``: the first alone. The
limits are KDOQI 2003 and the skin threshold of 55 mg²/dL² (DOMAIN 4.6).
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.cohort.bucket import Bucket, Days

WINDOW = 90
PTH_MULTIPLE = 9.0
PTH_UPPER_LIMIT = 6.9  # pmol/L, where the assay's own is not recorded (65 pg/mL)
PHOSPHATE = 1.78
PRODUCT = 4.43


def meets_criterion(bucket: Bucket, day: Days, criterion: str) -> NDArray[np.bool_]:
    """Whether each person's labs around ``day`` meet it; without labs the answer is no."""
    met = np.zeros(bucket.n, dtype=bool)
    labs = bucket.tables.get("labs")
    if labs is None:
        return met
    person = labs["person"].to_numpy()
    near = np.abs(bucket.days(labs["sample_date"], person) - day[person]) <= WINDOW
    rows = labs[near & np.isfinite(day[person])]
    pth = rows[rows["analyte"] == "pth"]
    limit = pth["assay_upper_limit"] * (pth["value_si"] / pth["value"])
    high = pth["value_si"] > PTH_MULTIPLE * limit.fillna(PTH_UPPER_LIMIT)
    met[pth.loc[high, "person"].to_numpy()] = True
    if criterion == "pth_required":
        return met
    phosphate = rows[rows["analyte"] == "phosphate"]
    met[phosphate.loc[phosphate["value_si"] > PHOSPHATE, "person"].to_numpy()] = True
    met[_high_product(rows)] = True
    return met


def _high_product(rows: pd.DataFrame) -> NDArray[np.int64]:
    same_day = [
        rows.loc[rows["analyte"] == a, ["person", "sample_date", "value_si"]]
        for a in ("calcium", "phosphate")
    ]
    pairs = same_day[0].merge(same_day[1], on=["person", "sample_date"])
    high = pairs["value_si_x"] * pairs["value_si_y"] > PRODUCT
    return pairs.loc[high, "person"].to_numpy()
