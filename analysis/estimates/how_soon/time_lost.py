"""Time lost to each cause within the horizons, and time without any event."""

from __future__ import annotations

from dataclasses import replace

from analysis.estimates.how_soon.starting_time import AtRiskPeriods, flagged
from analysis.estimates.inputs.cohort_tables import Cohort
from analysis.survival.curves.curve import Curve
from analysis.survival.curves.restricted_mean import time_lost
from data_schema.follow_up import DAYS_A_YEAR
from data_schema.results import Estimate


def time_lost_rows(cohort: Cohort, at_risk: AtRiskPeriods, curve: Curve) -> list[Estimate]:
    """``∫ F_c dt`` from the starting day to each horizon, in days, with its interval.

    Andersen (2013). Horizons that nobody reaches, or before the starting day, have a reason.
    """
    caveat = at_risk.caveat(cohort.study.horizons.fewest_at_risk)
    rows = []
    for year in cohort.study.horizons.years:
        day = year * DAYS_A_YEAR
        template = Estimate(
            "how_soon",
            "time_lost",
            "cohort",
            model="aalen_johansen",
            time=day,
            denominator=float(at_risk.n_people),
            people=float(at_risk.n_people),
            unit="days",
        )
        rows += [flagged(row, caveat) for row in _at(template, cohort, at_risk, curve, day)]
    return rows


def _at(
    template: Estimate, cohort: Cohort, at_risk: AtRiskPeriods, curve: Curve, day: float
) -> list[Estimate]:
    named = [replace(template, outcome=name) for name in cohort.causes]
    if day <= at_risk.since:
        reason = f"Curves start on day {at_risk.since:g}, so no time is lost by then."
        return [replace(row, status="refused", reason=reason) for row in named]
    if curve.status == "not_estimable":
        return [replace(row, status="not_estimable", reason=curve.reason) for row in named]
    lost = time_lost(curve, day)
    if lost.status == "not_estimable":
        return [replace(row, status="not_estimable", reason=lost.reason) for row in named]
    events = curve.n_event[curve.times <= day].sum(axis=0)
    return [
        replace(
            row,
            events=float(events[i]),
            estimate=float(lost.estimate[i]),
            lower=max(float(lost.lower[i]), 0.0),
            upper=float(lost.upper[i]),
            std_error=float(lost.std_error[i]),
        )
        for i, row in enumerate(named)
    ]
