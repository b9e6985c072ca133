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
from analysis.cohort.laboratory.lab_table import LabTable, lab_table

WINDOW = 90
PTH_MULTIPLE = 9.0
PTH_UPPER_LIMIT = 6.9  # pmol/L, where the assay's own is not recorded (65 pg/mL)
PHOSPHATE = 1.78
PRODUCT = 4.43
NUMBERS = ("value", "value_si", "assay_upper_limit")
MEASURED = ("pth", "phosphate", "calcium")
MEETS = {"any_mineral": ("pth", "any_mineral"), "pth_required": ("pth",)}


def criterion_state(bucket: Bucket, day: Days) -> NDArray[np.object_]:
    """What the labs around each person's ``day`` say of the criteria.

    ``pth`` (which meets both), ``any_mineral``, ``neither``, or ``unknown`` where no PTH, phosphate
    or calcium was measured within the window: not measured is not normal. Empty without a day.
    """
    state = np.where(np.isfinite(day), "unknown", "").astype(object)
    labs = lab_table(bucket)
    if labs is None or not np.isfinite(day).any():
        return state
    rows = _around(labs, day)
    pth = rows[rows["analyte"] == "pth"]
    phosphate = rows[rows["analyte"] == "phosphate"]
    state[rows.loc[rows["analyte"].isin(MEASURED), "person"].to_numpy()] = "neither"
    state[_high_product(rows)] = "any_mineral"
    state[phosphate.loc[phosphate["value_si"] > PHOSPHATE, "person"].to_numpy()] = "any_mineral"
    limit = pth["assay_upper_limit"] * (pth["value_si"] / pth["value"])
    high = pth["value_si"] > PTH_MULTIPLE * limit.fillna(PTH_UPPER_LIMIT)
    state[pth.loc[high, "person"].to_numpy()] = "pth"
    return state


def meets_criterion(bucket: Bucket, day: Days, criterion: str) -> NDArray[np.bool_]:
    """Whether each person's labs around ``day`` are known to meet it; ``unknown`` is kept apart."""
    return np.isin(criterion_state(bucket, day), MEETS[criterion])


def _around(labs: LabTable, day: Days) -> pd.DataFrame:
    """Laboratory rows of the people who have a ``day``, sampled within the window around it."""
    who = np.flatnonzero(np.isfinite(day))
    low, high = (np.searchsorted(labs.person, who, side=side) for side in ("left", "right"))
    theirs = [np.arange(one, other) for one, other in zip(low, high, strict=True)]
    rows = np.concatenate([np.zeros(0, dtype=np.int64), *theirs])
    near = rows[np.abs(labs.sampled[rows] - day[labs.person[rows]]) <= WINDOW]
    return pd.DataFrame(
        {
            "person": labs.person[near],
            "sample_date": labs.sample_date[near],
            "analyte": np.array(labs.analytes, dtype=object)[labs.analyte[near]],
            **{name: labs.numbers(name, near) for name in NUMBERS},
        }
    )


def _high_product(rows: pd.DataFrame) -> NDArray[np.int64]:
    same_day = [
        rows.loc[rows["analyte"] == a, ["person", "sample_date", "value_si"]]
        for a in ("calcium", "phosphate")
    ]
    pairs = same_day[0].merge(same_day[1], on=["person", "sample_date"])
    high = pairs["value_si_x"] * pairs["value_si_y"] > PRODUCT
    return pairs.loc[high, "person"].to_numpy()
