"""How common: people with the outcome among people treated, on a date and in a period.

Ever diagnosed among the living on dialysis first; then every other definition of prevalence, tiers
side by side, sites, the trend, standardised, corrected, and how centres differ.
"""

from __future__ import annotations

from collections.abc import Iterator

from analysis.estimates.estimate_rows.counted_people import Counted, proportion_rows
from analysis.estimates.how_common.case_tiers import case_definition_rows, site_rows
from analysis.estimates.how_common.centre_funnel import variation_rows
from analysis.estimates.how_common.corrected_prevalence import correction_rows
from analysis.estimates.how_common.denominators import (
    denominator_rows,
    in_period,
    on_date,
    period_years_rows,
    registry,
)
from analysis.estimates.how_common.prevalence_definitions import (
    PrevalenceCounter,
    prevalence_definition_rows,
)
from analysis.estimates.how_common.prevalence_groups import group_rows
from analysis.estimates.how_common.prevalence_trend import trend_rows
from analysis.estimates.how_common.standardised_prevalence import standardised_rows
from analysis.estimates.inputs.cohort_tables import Cohort, no_cases_can_be_found
from analysis.estimates.model import NoSettings, registered
from data_schema.results import Estimate


@registered(
    "how_common",
    measures=[
        "prevalence_point",
        "prevalence_period",
        "standardised_prevalence",
        "band_test",
        "band_posterior",
        "design_effect",
        "lifetime_risk",
        "denominator",
        "period_years",
        "prevalence_trend",
        "site",
        "assumed_rate",
        "error_rate",
        "corrected_prevalence",
        "false_share",
        "corrected_rate",
        "centre_variation",
        "statement",
    ],
    always=True,
    order=1,
    exempt={"late_entry": "counts people on a day, not time at risk"},
)
def prevalence(cohort: Cohort, _settings: NoSettings) -> list[Estimate]:
    """Everything about how common it is, or the reason there is nothing."""
    study = cohort.study
    if study.outcome.kind != "calcinosis" or not cohort.facts["calendar"]:
        return [_cannot(cohort)]
    if not cohort.can_find_cases:
        return [no_cases_can_be_found("how_common")]
    counter = PrevalenceCounter(registry(cohort), "+".join(study.outcome.tiers))
    rows: list[Estimate] = []
    for counted in _dated(counter):
        rows += proportion_rows(counted)
        strata = group_rows(counter, counted)
        rows += strata + standardised_rows(counter, counted, strata)
    known = {row.id for row in rows}
    rows += [row for row in prevalence_definition_rows(counter) if row.id not in known]
    rows += [*_denominators(counter), *trend_rows(counter, {row.id for row in rows})]
    return rows + _at_the_latest_date(counter)


def _dated(counter: PrevalenceCounter) -> Iterator[Counted]:
    """The protocol's dates in order, then its period: ever diagnosed, on dialysis."""
    study = counter.cohort.study.prevalence
    for when in study.point_dates:
        yield counter.point(when)
    if study.period_start and study.period_end:
        yield counter.period(study.period_start, study.period_end)


def _denominators(counter: PrevalenceCounter) -> list[Estimate]:
    """Who was left out of the latest date and of the period, and the period's person-time."""
    study, rows = counter.cohort.study.prevalence, []
    populations = dict.fromkeys(definition.partition("/")[2] for definition in study.definitions)
    for population in populations:
        if counter.latest is not None:
            found = on_date(counter.people, counter.latest, population)
            rows += denominator_rows(found, counter.latest.isoformat(), population)
        if study.period_start and study.period_end:
            term = f"{study.period_start.isoformat()} to {study.period_end.isoformat()}"
            found = in_period(counter.people, study.period_start, study.period_end, population)
            rows += denominator_rows(found, term, population)
    if study.period_start and study.period_end:
        rows += period_years_rows(counter.people, study.period_start, study.period_end)
    return rows


def _at_the_latest_date(counter: PrevalenceCounter) -> list[Estimate]:
    """What is said of one date only."""
    if counter.latest is None:
        return []
    counted = counter.point(counter.latest)
    return [
        *case_definition_rows(counter, counter.latest),
        *site_rows(counter, counted),
        *correction_rows(counter, counted),
        *variation_rows(counted),
    ]


def _cannot(cohort: Cohort) -> Estimate:
    reason = cohort.study.cannot_answer.get(
        "how_common", "The protocol's outcome is not calcinosis, so its prevalence is not asked."
    )
    return Estimate("how_common", "statement", status="not_available", reason=reason)
