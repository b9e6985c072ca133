"""Groups of the people counted, as they are on the day, and the prevalence in each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from analysis.estimates.estimate_rows.counted_people import EXACT, Counted, proportion_row
from analysis.estimates.how_common.prevalence_definitions import PrevalenceCounter
from analysis.estimates.inputs.cohort_tables import AGE_BANDS, AGE_GROUPS, VINTAGE_BANDS, band
from data_schema.follow_up import DAYS_A_YEAR
from data_schema.results import Estimate


def group_rows(counter: PrevalenceCounter, counted: Counted) -> list[Estimate]:
    """One row a level of each dimension of the protocol, exact intervals.

    Age bands are parts of two wide age groups, which may be shown where the bands may not.
    """
    template = replace(counted.template, model=EXACT)
    return [
        proportion_row(
            replace(template, strata=name, sums_to=_whole(name, counted)),
            int(counted.case[inside].sum()),
            int(inside.sum()),
        )
        for name, inside in strata(counter, counted)
    ]


def _whole(name: str, counted: Counted) -> str:
    """The id of the row that a stratum is a part of."""
    dimension, _, level = name.partition("=")
    starts = {label: start for start, label in AGE_BANDS}
    if dimension != "age_band" or level not in starts:
        return counted.base.id
    wide = band(np.array([starts[level]]), AGE_GROUPS)[0]
    return replace(counted.template, model=EXACT, strata=f"age_group={wide}").id


def strata(counter: PrevalenceCounter, counted: Counted) -> Iterator[tuple[str, NDArray[np.bool_]]]:
    """Groups of the people counted, as they are on the day."""
    source_population = counter.cohort.source_population
    labels = {
        "sex": lambda: source_population["sex"].to_numpy(object)[counted.rows],
        "age_group": lambda: age_bands(counter, counted, AGE_GROUPS),
        "age_band": lambda: age_bands(counter, counted),
        "modality": lambda: counter.people.treated.modality_on(counted.rows, counted.day),
        "vintage_band": lambda: band(counted.day / DAYS_A_YEAR, VINTAGE_BANDS),
    }
    by = counter.cohort.study.prevalence.by
    for dimension in [*(["age_group"] if "age_band" in by else []), *by]:
        values = labels[dimension]()
        for level in sorted(set(values) - ({"missing"} if dimension == "age_group" else set())):
            yield f"{dimension}={level}", values == level


def age_bands(
    counter: PrevalenceCounter, counted: Counted, bands: tuple[tuple[float, str], ...] = AGE_BANDS
) -> NDArray[np.object_]:
    """Age on the day, in bands."""
    first = counter.cohort.source_population["age_at_entry"].to_numpy(np.float64)[counted.rows]
    return band(first + counted.day / DAYS_A_YEAR, bands)
