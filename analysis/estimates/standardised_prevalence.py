"""Prevalence in a standard population, so that registries of other ages can be compared."""

from __future__ import annotations

from dataclasses import replace

from analysis.estimates.cohort_tables import AGE_BANDS
from analysis.estimates.counted import Counted
from analysis.estimates.prevalence_groups import age_bands
from analysis.estimates.readings import Asker
from analysis.estimates.standardisation import directly_standardised
from data_schema.results import Estimate
from data_schema.standards import standard

STARTS = tuple(start for start, _ in AGE_BANDS)
LABELS = tuple(label for _, label in AGE_BANDS)


def standardised_row(asker: Asker, counted: Counted, strata: list[Estimate]) -> list[Estimate]:
    """Directly standardised by age band with the gamma interval; none without a standard.

    ``strata``: the rows of the groups; hidden age bands hide it. People of unknown age are left
    out, and the row says how few are few.
    """
    name = asker.cohort.study.prevalence.standard
    if not name or counted.people == 0:
        return []
    chosen = standard(name)
    ages = age_bands(asker, counted)
    shown = [row.id for row in strata if row.strata.startswith("age_band=")]
    row = replace(
        counted.template,
        measure="standardised_prevalence",
        model="fay_feuer",
        reference="; ".join([counted.base.id, *shown]),
        specification=name,
        denominator=float(counted.people),
        unit="proportion",
        reason=_says(chosen.title, chosen.remark),
    )
    people = [float((ages == label).sum()) for label in LABELS]
    cases = [float(counted.case[ages == label].sum()) for label in LABELS]
    found = directly_standardised(cases, people, chosen.weights(STARTS))
    if found.status != "ok":
        reason = f"An age band of {chosen.title} has nobody here, so nothing can be standardised."
        return [replace(row, status="not_estimable", reason=reason)]
    return [replace(row, estimate=found.estimate, lower=found.lower, upper=found.upper)]


def _says(title: str, remark: str) -> str:
    return f"{title}: {remark}" if remark else title
