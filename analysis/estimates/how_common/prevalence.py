"""How common: people with the outcome among people treated, on a date and in a period.

Ever diagnosed among the living on dialysis first; then every other reading of the claim, tiers
side by side, sites, the trend, standardised, corrected, and how centres differ.
"""

from __future__ import annotations

from collections.abc import Iterator

from analysis.estimates.estimate_rows.counted_people import Counted, proportion_rows
from analysis.estimates.how_common.case_tiers import definition_rows, site_rows
from analysis.estimates.how_common.centre_funnel import variation_rows
from analysis.estimates.how_common.claim_definitions import Asker, reading_rows
from analysis.estimates.how_common.corrected_prevalence import correction_rows
from analysis.estimates.how_common.denominators import (
    denominator_rows,
    in_period,
    on_date,
    period_years_rows,
    registry,
)
from analysis.estimates.how_common.prevalence_groups import group_rows
from analysis.estimates.how_common.prevalence_trend import trend_rows
from analysis.estimates.how_common.standardised_prevalence import standardised_rows
from analysis.estimates.inputs.cohort_tables import Cohort, no_cases_can_be_found
from data_schema.results import Estimate


def prevalence(cohort: Cohort) -> list[Estimate]:
    """Everything about how common it is, or the reason there is nothing."""
    study = cohort.study
    if study.outcome.kind != "calcinosis" or not cohort.facts["calendar"]:
        return [_cannot(cohort)]
    if not cohort.can_find_cases:
        return [no_cases_can_be_found("how_common")]
    asker = Asker(registry(cohort), "+".join(study.outcome.tiers))
    rows: list[Estimate] = []
    for counted in _dated(asker):
        rows += proportion_rows(counted)
        strata = group_rows(asker, counted)
        rows += strata + standardised_rows(asker, counted, strata)
    known = {row.id for row in rows}
    rows += [row for row in reading_rows(asker) if row.id not in known]
    rows += [*_denominators(asker), *trend_rows(asker, {row.id for row in rows})]
    return rows + _at_the_latest_date(asker)


def _dated(asker: Asker) -> Iterator[Counted]:
    """The protocol's dates in order, then its period: ever diagnosed, on dialysis."""
    study = asker.cohort.study.prevalence
    for when in study.point_dates:
        yield asker.point(when)
    if study.period_start and study.period_end:
        yield asker.period(study.period_start, study.period_end)


def _denominators(asker: Asker) -> list[Estimate]:
    """Who was left out of the latest date and of the period, and the period's person-time."""
    study, rows = asker.cohort.study.prevalence, []
    populations = dict.fromkeys(reading.partition("/")[2] for reading in study.readings)
    for population in populations:
        if asker.latest is not None:
            found = on_date(asker.people, asker.latest, population)
            rows += denominator_rows(found, asker.latest.isoformat(), population)
        if study.period_start and study.period_end:
            term = f"{study.period_start.isoformat()} to {study.period_end.isoformat()}"
            found = in_period(asker.people, study.period_start, study.period_end, population)
            rows += denominator_rows(found, term, population)
    if study.period_start and study.period_end:
        rows += period_years_rows(asker.people, study.period_start, study.period_end)
    return rows


def _at_the_latest_date(asker: Asker) -> list[Estimate]:
    """What is said of one date only."""
    if asker.latest is None:
        return []
    counted = asker.point(asker.latest)
    return [
        *definition_rows(asker, asker.latest),
        *site_rows(asker, counted),
        *correction_rows(asker, counted),
        *variation_rows(counted),
    ]


def _cannot(cohort: Cohort) -> Estimate:
    reason = cohort.study.cannot_answer.get(
        "how_common", "The protocol's outcome is not calcinosis, so its prevalence is not asked."
    )
    return Estimate("how_common", "statement", status="not_available", reason=reason)
