"""Groups of the people counted, as they are on the day, and the prevalence in each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from analysis.estimates.cohort_tables import AGE_BANDS, VINTAGE_BANDS, band
from analysis.estimates.counted import EXACT, Counted, proportion_row
from analysis.estimates.readings import Asker
from data_schema.follow_up import DAYS_A_YEAR
from data_schema.results import Estimate


def group_rows(asker: Asker, counted: Counted) -> list[Estimate]:
    """One row a level of each dimension of the protocol, exact intervals."""
    base = counted.base
    return [
        proportion_row(
            replace(counted.template, model=EXACT, strata=name, sums_to=base.id),
            counted.case[inside].sum(),
            inside.sum(),
        )
        for name, inside in strata(asker, counted)
    ]


def strata(asker: Asker, counted: Counted) -> Iterator[tuple[str, NDArray[np.bool_]]]:
    """Groups of the people counted, as they are on the day."""
    everyone = asker.cohort.everyone
    labels = {
        "sex": lambda: everyone["sex"].to_numpy(object)[counted.rows],
        "age_band": lambda: age_bands(asker, counted),
        "modality": lambda: asker.people.treated.modality_on(counted.rows, counted.day),
        "vintage_band": lambda: band(counted.day / DAYS_A_YEAR, VINTAGE_BANDS),
    }
    for dimension in asker.cohort.study.prevalence.by:
        values = labels[dimension]()
        for level in sorted(set(values)):
            yield f"{dimension}={level}", values == level


def age_bands(asker: Asker, counted: Counted) -> NDArray[np.object_]:
    """Age on the day, in bands."""
    first = asker.cohort.everyone["age_at_entry"].to_numpy(np.float64)[counted.rows]
    return band(first + counted.day / DAYS_A_YEAR, AGE_BANDS)
