"""Verdicts on the units of centres, as the compiled pass over laboratory rows looks them up."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.ingest.second_pass.lab_kernels import DAY_BITS, LEAST_DAY, UNIT_BITS
from analysis.ingest.units.centre_units import EPOCH_QUARTER

ACTING = ("ambiguous", "swapped")


class CodedVerdicts(NamedTuple):
    """``looked_at``: centre (the first for none) and analyte; the others a verdict each, by key.

    A key is centre, analyte, unit and day as one number; a verdict is on keys from ``starts`` to
    before ``ends``. ``factor`` is NaN where no unit fits, ``resolved`` the unit in truth, '' there.
    """

    looked_at: NDArray[np.bool_]
    starts: NDArray[np.int64]
    ends: NDArray[np.int64]
    factor: NDArray[np.float64]
    resolved: NDArray[np.object_]


def coded_verdicts(
    verdicts: pd.DataFrame, centres: Sequence[str], analytes: Sequence[str], units: Sequence[str]
) -> CodedVerdicts:
    """Those ``verdicts`` that change a row, on words that the rows of a bucket hold."""
    words = {"centre_id": ["", *centres], "analyte": analytes, "unit": units}
    place = {
        name: pd.Index([*listed], dtype=object).get_indexer(verdicts[name].to_numpy(object))
        for name, listed in words.items()
    }
    here = verdicts["verdict"].isin(ACTING).to_numpy()
    here &= np.all([found >= 0 for found in place.values()], axis=0)
    centre, analyte, unit = (found[here].astype(np.int64) for found in place.values())
    looked_at = np.zeros((len(centres) + 1, len(analytes) + 1), dtype=bool)
    looked_at[centre, analyte] = True
    series = (centre * looked_at.shape[1] + analyte << UNIT_BITS) + unit
    acting = verdicts[here]
    quarter = acting["quarter"].to_numpy(np.int64)
    starts, ends = ((series << DAY_BITS) + _first_day(quarter + n) + LEAST_DAY for n in (0, 1))
    fits = (acting["verdict"] == "swapped").to_numpy()
    factor = np.where(fits, acting["factor"].to_numpy(np.float64), np.nan)
    resolved = np.where(fits, acting["resolved"].to_numpy(object), "")
    order = np.argsort(starts)
    return CodedVerdicts(looked_at, *(one[order] for one in (starts, ends, factor, resolved)))


def _first_day(quarter: NDArray[np.int64]) -> NDArray[np.int64]:
    """Days since 1970 of the first day of ``4 × year + 0..3``."""
    month = ((quarter - EPOCH_QUARTER) * 3).astype("datetime64[M]")
    return month.astype("datetime64[D]").astype(np.int64)
