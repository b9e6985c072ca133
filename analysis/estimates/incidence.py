"""How soon: cumulative incidence since first dialysis, with competing events and late entry.

Aalen-Johansen (1978) with Greenwood-type errors; people enter at the protocol's entry, so the
curve is conditional on being free of the outcome and followed then. The naive one minus
Kaplan-Meier treats death and transplantation as if those people could still fall ill; it is
there to be seen as wrong.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.stats import chi2

from analysis.estimates.cohort_tables import (
    Cohort,
    calendar_day,
    no_cases_can_be_found,
)
from analysis.survival.aalen_johansen import aalen_johansen
from analysis.survival.curve import Curve
from analysis.survival.product_limit import kaplan_meier
from data_schema.follow_up import DAYS_A_YEAR
from data_schema.results import Estimate


def incidence(cohort: Cohort) -> list[Estimate]:
    """Rates and curves of the protocol's outcome and its competitors."""
    if len(cohort.people) == 0:
        return [_nobody()]
    if not cohort.can_find_cases:
        return [no_cases_can_be_found("how_soon")]
    rows = incidence_rates(cohort)
    if cohort.study.outcome.kind == "death":
        return rows + _survival(cohort)
    return rows + _cumulative(cohort) + _naive(cohort)


def grid(cohort: Cohort) -> NDArray[np.float64]:
    """Days at which curves are read: even steps and the protocol's horizons."""
    horizons = cohort.study.horizons
    end = horizons.curve_end_years * DAYS_A_YEAR
    steps = np.arange(0.0, end + 1e-9, horizons.curve_step_days)
    return np.unique(np.concatenate([steps, np.array(horizons.years) * DAYS_A_YEAR]))


def incidence_rates(cohort: Cohort) -> list[Estimate]:
    """Events per 1,000 person-years with exact Poisson intervals (Garwood, 1936)."""
    people = cohort.people
    years = float((people["exit"] - people["entry"]).sum()) / DAYS_A_YEAR
    return [
        rate_row(
            Estimate("how_soon", "incidence_rate", "cohort", name, model="poisson_exact"),
            int((people["state"] == code).sum()),
            years,
        )
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


def cumulative_curve(cohort: Cohort) -> Curve:
    """Aalen-Johansen of all causes of the protocol."""
    people = cohort.people
    codes = np.array(list(cohort.causes.values()))
    return aalen_johansen(
        people["exit"],
        people["state"],
        start=people["entry"],
        causes=[int(code) for code in codes],
    )


def _cumulative(cohort: Cohort) -> list[Estimate]:
    curve = cumulative_curve(cohort)
    rows = []
    for column, name in enumerate(cohort.causes):
        template = Estimate(
            "how_soon", "cumulative_incidence", "cohort", name, model="aalen_johansen"
        )
        rows += curve_rows(template, curve, grid(cohort), column)
    return rows


def _naive(cohort: Cohort) -> list[Estimate]:
    people = cohort.people
    curve = kaplan_meier(people["exit"], people["state"] == 1, start=people["entry"])
    template = Estimate(
        "how_soon",
        "naive_one_minus_km",
        "cohort",
        "onset",
        model="kaplan_meier",
        reason="Censors people who die or are transplanted, as if they could still fall ill.",
    )
    return [
        replace(
            row,
            estimate=_complement(row.estimate),
            lower=_complement(row.upper),
            upper=_complement(row.lower),
        )
        for row in curve_rows(template, curve, grid(cohort))
    ]


def _complement(value: float | None) -> float | None:
    return None if value is None else 1.0 - value


def _survival(cohort: Cohort) -> list[Estimate]:
    people = cohort.people
    entry, exit_ = people["entry"].to_numpy(), people["exit"].to_numpy()
    event = people["state"].to_numpy() == 1
    rows = []
    for scale in cohort.study.population.time_scales:
        template = Estimate("how_soon", "survival", "cohort", "death", model="kaplan_meier")
        if scale == "calendar":
            template = replace(template, strata="time_scale=calendar")
            precision = cohort.facts["precision"]
            origin = people["origin"].to_numpy()
            begin = calendar_day(origin, entry, precision)
            end = calendar_day(origin, exit_, precision)
            curve = kaplan_meier(end, event, start=begin)
        else:
            curve = kaplan_meier(exit_, event, start=entry)
        rows += curve_rows(template, curve, grid(cohort))
    return rows


def curve_rows(
    template: Estimate, curve: Curve, times: NDArray[np.float64], column: int | None = None
) -> list[Estimate]:
    """A curve read at ``times``: estimate, interval, people with the event by then, at risk."""
    if curve.status == "not_estimable":
        return [replace(template, status="not_estimable", reason=curve.reason)]
    at = curve.at(times)
    step = np.searchsorted(curve.times, times, side="right")
    pick = (lambda a: a) if column is None else (lambda a: a[:, column])
    events = np.append(0.0, np.cumsum(pick(curve.n_event)))[step]
    flagged = curve.status == "risk_set_emptied"
    last = curve.times[-1] if len(curve.times) else 0.0
    return [
        replace(
            template,
            time=float(time),
            estimate=float(value),
            lower=_number(low),
            upper=_number(high),
            std_error=_number(error),
            numerator=float(n_events),
            denominator=float(n_risk),
            unit="probability",
            status="flagged" if flagged else "ok",
            reason=curve.reason if flagged else template.reason,
        )
        for time, value, low, high, error, n_events, n_risk in zip(
            times,
            pick(at.estimate),
            pick(at.lower),
            pick(at.upper),
            pick(at.std_error),
            events,
            at.n_risk,
            strict=True,
        )
        if time <= last or n_risk > 0
    ]


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def _nobody() -> Estimate:
    return Estimate(
        "how_soon",
        "statement",
        status="not_estimable",
        reason="Nobody is followed, so there is no time to onset.",
    )
