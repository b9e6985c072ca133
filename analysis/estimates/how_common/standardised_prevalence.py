"""Prevalence in a standard population, so that registries of other ages can be compared."""

from __future__ import annotations

from dataclasses import replace

from analysis.estimates.estimate_rows.counted_people import Counted
from analysis.estimates.how_common.prevalence_definitions import PrevalenceCounter
from analysis.estimates.how_common.prevalence_groups import age_bands
from analysis.estimates.how_common.standardisation import directly_standardised
from analysis.estimates.inputs.cohort_tables import AGE_BANDS, AGE_GROUPS
from data_schema.results import Estimate
from data_schema.standards import standard

BY = {"age_band": AGE_BANDS, "age_group": AGE_GROUPS}  # the finer first


def standardised_rows(
    counter: PrevalenceCounter, counted: Counted, strata: list[Estimate]
) -> list[Estimate]:
    """Directly standardised by age band, and by wide age group; none without a standard.

    Gamma intervals. ``strata``: the rows of the groups; where those of one dimension are hidden,
    so is the number that is worked out from them. People of unknown age are left out.
    """
    name = counter.cohort.study.prevalence.standard
    if not name or counted.people == 0:
        return []
    return [_standardised(counter, counted, strata, dimension) for dimension in BY]


def _standardised(
    counter: PrevalenceCounter, counted: Counted, strata: list[Estimate], dimension: str
) -> Estimate:
    name = counter.cohort.study.prevalence.standard
    chosen, bands = standard(name), BY[dimension]
    ages = age_bands(counter, counted, bands)
    shown = [row.id for row in strata if row.strata.startswith(f"{dimension}=")]
    row = replace(
        counted.template,
        measure="standardised_prevalence",
        model="fay_feuer",
        level=dimension,
        reference="; ".join([counted.base.id, *shown]),
        specification=name,
        denominator=float(counted.people),
        unit="proportion",
        reason=_says(chosen.title, chosen.remark),
    )
    starts = tuple(start for start, _ in bands)
    people = [float((ages == label).sum()) for _, label in bands]
    cases = [float(counted.case[ages == label].sum()) for _, label in bands]
    found = directly_standardised(cases, people, chosen.weights(starts))
    row = replace(row, events=sum(cases), people=sum(people))
    if found.status != "ok":
        reason = f"An age band of {chosen.title} has nobody here, so nothing can be standardised."
        return replace(row, status="not_estimable", reason=reason)
    return replace(row, estimate=found.estimate, lower=found.lower, upper=found.upper)


def _says(title: str, remark: str) -> str:
    return f"{title}: {remark}" if remark else title
