"""Verdicts on the units of centres, and the verdict that applies to each laboratory row."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.ingest.columns.encoded_columns import Codes
from analysis.ingest.units.centre_units import first_day_of

ACTING = ("ambiguous", "swapped")
NO_VERDICT = -1
DAY_BITS, LEAST_DAY, UNIT_BITS = 28, 2**26, 9


class UnitSeries(NamedTuple):
    """Codes of centre, analyte and unit (-1 for none) and day since 1970 of each row."""

    centre: Codes
    analyte: Codes
    unit: NDArray[np.int16]
    day: Codes


class UnitVerdicts(NamedTuple):
    """``judged``: centre (the first for none) and analyte; the others a verdict each, by key.

    A key is centre, analyte, unit and day as one number; a verdict is on keys from ``starts`` to
    before ``ends``. ``factor`` is NaN where no unit fits, ``resolved`` the unit in truth, '' there.
    """

    judged: NDArray[np.bool_]
    starts: NDArray[np.int64]
    ends: NDArray[np.int64]
    factor: NDArray[np.float64]
    resolved: NDArray[np.object_]

    @classmethod
    def of(
        cls,
        verdicts: pd.DataFrame,
        centres: Sequence[str],
        analytes: Sequence[str],
        units: Sequence[str],
    ) -> UnitVerdicts:
        """Those ``verdicts`` that change a row, for the codes of a bucket's rows."""
        values = {"centre_id": ["", *centres], "analyte": analytes, "unit": units}
        place = {
            name: pd.Index([*listed], dtype=object).get_indexer(verdicts[name].to_numpy(object))
            for name, listed in values.items()
        }
        here = verdicts["verdict"].isin(ACTING).to_numpy()
        here &= np.all([found >= 0 for found in place.values()], axis=0)
        centre, analyte, unit = (found[here].astype(np.int64) for found in place.values())
        judged = np.zeros((len(centres) + 1, len(analytes) + 1), dtype=bool)
        judged[centre, analyte] = True
        acting = verdicts[here]
        quarter = acting["quarter"].to_numpy(np.int64)
        starts, ends = (
            _key(judged, centre, analyte, unit, first_day_of(quarter + n)) for n in (0, 1)
        )
        fits = (acting["verdict"] == "swapped").to_numpy()
        factor = np.where(fits, acting["factor"].to_numpy(np.float64), np.nan)
        resolved = np.where(fits, acting["resolved"].to_numpy(object), "")
        order = np.argsort(starts)
        return cls(judged, starts[order], ends[order], factor[order], resolved[order])

    def of_rows(self, rows: UnitSeries) -> NDArray[np.int32]:
        """Place of the verdict on each row's unit, ``NO_VERDICT`` where there is none."""
        verdict = np.full(len(rows.day), NO_VERDICT, dtype=np.int32)
        known = self.judged[rows.centre + 1, rows.analyte] & (rows.analyte >= 0) & (rows.unit >= 0)
        asked = np.flatnonzero(known)
        series = (column[asked].astype(np.int64) for column in rows)
        centre, analyte, unit, day = series
        key = _key(self.judged, centre + 1, analyte, unit, day)
        at = np.searchsorted(self.starts, key, side="right") - 1
        applies = (at >= 0) & (key < self.ends[at])
        verdict[asked[applies]] = at[applies]
        return verdict


def _key(
    judged: NDArray[np.bool_],
    centre: NDArray[np.int64],
    analyte: NDArray[np.int64],
    unit: NDArray[np.int64],
    day: NDArray[np.int64],
) -> NDArray[np.int64]:
    series = ((centre * judged.shape[1] + analyte) << UNIT_BITS) + unit
    return (series << DAY_BITS) + day + LEAST_DAY
