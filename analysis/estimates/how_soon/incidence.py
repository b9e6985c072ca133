"""How soon: cumulative incidence since first dialysis, with competing events and late entry.

Aalen-Johansen (1978) with Greenwood-type errors; people enter at the protocol's entry and the
curve starts where enough are at risk (``starting_time``): it is conditional on being free of the
outcome and followed then. The naive one minus Kaplan-Meier treats death and transplantation as if
those people could still fall ill; it is there to be seen as wrong.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy.stats import chi2

from analysis.estimates.estimate_rows.curve_points import curve_rows, grid
from analysis.estimates.how_soon.late_entry import late_entry_rows
from analysis.estimates.how_soon.starting_time import AtRiskPeriods, at_risk_periods, flagged
from analysis.estimates.how_soon.time_lost import time_lost_rows
from analysis.estimates.inputs.cohort_tables import (
    Cohort,
    calendar_day,
    no_cases_can_be_found,
)
from analysis.estimates.model import NoSettings, registered
from analysis.survival.curves.aalen_johansen import aalen_johansen
from analysis.survival.curves.curve import Curve
from analysis.survival.curves.product_limit import kaplan_meier
from data_schema.follow_up import DAYS_A_YEAR
from data_schema.results import Estimate


@registered(
    "how_soon",
    measures=[
        "incidence_rate",
        "starting_day",
        "cumulative_incidence",
        "naive_one_minus_km",
        "survival",
        "time_lost",
        "ignoring_late_entry",
        "late_entry_ratio",
        "statement",
    ],
    always=True,
    exempt={
        "late_entry/ignoring_late_entry": "is what ignoring late entry would show",
        "late_entry/late_entry_ratio": "is what ignoring late entry would show",
    },
)
def incidence(cohort: Cohort, _settings: NoSettings) -> list[Estimate]:
    """Rates and curves of the protocol's outcome and its competitors."""
    if len(cohort.people) == 0:
        return [_nobody()]
    if not cohort.can_find_cases:
        return [no_cases_can_be_found("how_soon")]
    rows = incidence_rates(cohort)
    if cohort.study.outcome.kind == "death":
        return rows + _survival(cohort)
    at_risk = at_risk_periods(cohort)
    curve = cumulative_curve(cohort, at_risk)
    return [
        *rows,
        *_cumulative(cohort, at_risk, curve),
        *_naive(cohort, at_risk),
        *time_lost_rows(cohort, at_risk, curve),
        *late_entry_rows(cohort, at_risk, curve),
    ]


def incidence_rates(cohort: Cohort) -> list[Estimate]:
    """Events per 1,000 person-years with exact Poisson intervals (Garwood, 1936)."""
    rows = cohort.at_risk_periods()
    years = float((rows["stop"] - rows["start"]).sum()) / DAYS_A_YEAR
    template = Estimate(
        "how_soon",
        "incidence_rate",
        "cohort",
        model="poisson_exact",
        people=float(rows["person"].nunique()),
    )
    return [
        rate_row(replace(template, outcome=name), int((rows["state"] == code).sum()), years)
        for name, code in cohort.causes.items()
    ]


def rate_row(template: Estimate, events: int, person_years: float) -> Estimate:
    """``events / person_years`` per 1,000; limits ``χ²(0.025; 2d)/2`` and ``χ²(0.975; 2d+2)/2``."""
    lower = chi2.ppf(0.025, 2 * events) / 2 if events else 0.0
    upper = chi2.ppf(0.975, 2 * events + 2) / 2
    per = 1000.0 / person_years
    return replace(
        template,
        estimate=events * per,
        lower=float(lower) * per,
        upper=float(upper) * per,
        numerator=float(events),
        person_years=person_years,
        unit="per 1,000 person-years",
    )


def cumulative_curve(cohort: Cohort, at_risk: AtRiskPeriods) -> Curve:
    """Aalen-Johansen of all causes of the protocol, from the starting day on."""
    codes = [int(code) for code in cohort.causes.values()]
    return aalen_johansen(at_risk.stop, at_risk.state, start=at_risk.start, causes=codes)


def _cumulative(cohort: Cohort, at_risk: AtRiskPeriods, curve: Curve) -> list[Estimate]:
    caveat = at_risk.caveat(cohort.study.horizons.fewest_at_risk)
    rows = [_starting_row(cohort, at_risk)]
    for column, name in enumerate(cohort.causes):
        template = Estimate(
            "how_soon",
            "cumulative_incidence",
            "cohort",
            name,
            model="aalen_johansen",
            people=float(at_risk.n_people),
        )
        found = curve_rows(template, curve, grid(cohort, at_risk.since), column)
        rows += [flagged(row, caveat) for row in found] + _refused(cohort, template, at_risk.since)
    return rows


def _starting_row(cohort: Cohort, at_risk: AtRiskPeriods) -> Estimate:
    """The day from which curves run; ``x`` the people that the protocol wants at risk."""
    fewest = cohort.study.horizons.fewest_at_risk
    row = Estimate(
        "how_soon",
        "starting_day",
        "cohort",
        estimate=at_risk.since,
        x=float(fewest),
        unit="days",
        reason=f"The smallest day from which at least {fewest} are at risk at every later event "
        "until the risk set is at its largest; no curve starts before the first entry.",
    )
    return flagged(row, at_risk.caveat(fewest))


def _refused(cohort: Cohort, template: Estimate, since: float) -> list[Estimate]:
    """Horizons before the starting day are not answered."""
    days = [year * DAYS_A_YEAR for year in cohort.study.horizons.years]
    reason = f"Too few are at risk before day {since:g}, so nothing is said of that time."
    return [
        replace(template, time=day, status="refused", reason=reason, unit="probability")
        for day in days
        if day < since
    ]


def _naive(cohort: Cohort, at_risk: AtRiskPeriods) -> list[Estimate]:
    curve = kaplan_meier(at_risk.stop, at_risk.state == 1, start=at_risk.start)
    template = Estimate(
        "how_soon",
        "naive_one_minus_km",
        "cohort",
        "onset",
        model="kaplan_meier",
        reason="Censors people who die or are transplanted, as if they could still fall ill.",
        people=float(at_risk.n_people),
    )
    return [
        replace(
            row,
            estimate=_complement(row.estimate),
            lower=_complement(row.upper),
            upper=_complement(row.lower),
        )
        for row in curve_rows(template, curve, grid(cohort, at_risk.since))
    ]


def _complement(value: float | None) -> float | None:
    return None if value is None else 1.0 - value


def _survival(cohort: Cohort) -> list[Estimate]:
    at_risk = cohort.at_risk_periods()
    start, stop = at_risk["start"].to_numpy(), at_risk["stop"].to_numpy()
    event = at_risk["state"].to_numpy() == 1
    rows = []
    for scale in cohort.study.population.time_scales:
        template = Estimate(
            "how_soon",
            "survival",
            "cohort",
            "death",
            model="kaplan_meier",
            people=float(at_risk["person"].nunique()),
        )
        if scale == "calendar":
            template = replace(template, strata="time_scale=calendar")
            precision = cohort.facts["precision"]
            people = cohort.people
            at = np.searchsorted(people["person"].to_numpy(), at_risk["person"].to_numpy())
            origin = people["origin"].to_numpy()[at]
            begin = calendar_day(origin, start, precision)
            end = calendar_day(origin, stop, precision)
            curve = kaplan_meier(end, event, start=begin)
        else:
            curve = kaplan_meier(stop, event, start=start)
        rows += curve_rows(template, curve, grid(cohort))
    return rows


def _nobody() -> Estimate:
    return Estimate(
        "how_soon",
        "statement",
        status="not_estimable",
        reason="Nobody is followed, so there is no time to onset.",
    )
