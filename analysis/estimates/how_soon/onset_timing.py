"""When onsets fall among those by ten years, and how rare one as early as the published case is.

Conditional on onset by ten years: ``F(t) / F(10 y)`` of the cumulative incidence, its quartiles,
and its value at the case's 15 months. Intervals by the delta method on the hazard increments and,
for quartiles, by inverting the test of ``F(t) = q F(10 y)`` (``survival.conditional_timing``).
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from analysis.estimates.how_soon.incidence import cumulative_curve
from analysis.estimates.how_soon.starting_time import at_risk_periods, flagged
from analysis.estimates.inputs.cohort_tables import Cohort
from analysis.estimates.model import NoSettings, registered
from analysis.survival.curves.conditional_timing import (
    conditional_quantile,
    conditional_share,
    events_by,
)
from analysis.survival.curves.curve import Curve
from data_schema.declarations import case_report
from data_schema.follow_up import DAYS_A_YEAR
from data_schema.results import Estimate

HORIZON = 10 * DAYS_A_YEAR
QUANTILES = (0.25, 0.5, 0.75)
FEWEST = 10
ONSET = 1
POPULATION = "onsets by 10 years"


@registered("how_soon", measures=["onset_quantile", "share_by_case_time"], always=True, order=1)
def onset_timing(cohort: Cohort, _settings: NoSettings) -> list[Estimate]:
    """Quartiles of onset, and the proportion of onsets as early as the case."""
    asked = cohort.study.outcome.kind == "calcinosis" and cohort.can_find_cases
    if not asked or len(cohort.people) == 0:
        return []
    at_risk = at_risk_periods(cohort)
    if len(at_risk.person) == 0:
        return []
    curve = cumulative_curve(cohort, at_risk)
    caveat = at_risk.caveat(cohort.study.horizons.fewest_at_risk)
    rows = [*quartile_rows(curve, at_risk.n_people), share_row(curve, at_risk.since)]
    return [flagged(row, caveat) for row in rows]


def case_day() -> float:
    """The published case's onset in days since first dialysis."""
    return float(case_report()["case"]["onset_months"] * DAYS_A_YEAR / 12)


def quartile_rows(curve: Curve, people: int) -> list[Estimate]:
    """Quartiles of onset in years among onsets by ten years; ``people`` are behind the curve."""
    rows = []
    for q in QUANTILES:
        row = Estimate(
            "how_soon",
            "onset_quantile",
            POPULATION,
            "onset",
            model="test_inversion",
            x=q,
            unit="years",
            denominator=by_horizon(curve),
            events=by_horizon(curve),
            people=float(people),
        )
        if by_horizon(curve) < FEWEST:
            rows.append(_too_few(row))
            continue
        found = conditional_quantile(curve, q, HORIZON, ONSET)
        upper = found.upper if np.isfinite(found.upper) else HORIZON
        years = [value / DAYS_A_YEAR for value in (found.estimate, found.lower, upper)]
        rows.append(replace(row, estimate=years[0], lower=years[1], upper=years[2]))
    return rows


def share_row(curve: Curve, since: float) -> Estimate:
    """``F(15 months) / F(10 years)`` with its interval."""
    day = case_day()
    row = Estimate(
        "how_soon",
        "share_by_case_time",
        POPULATION,
        "onset",
        model="delta_logit",
        time=day,
        unit="proportion",
        numerator=by_day(curve, day),
        denominator=by_horizon(curve),
    )
    if day <= since:
        reason = f"Curves start on day {since:g}, after the day of the case."
        return replace(row, status="refused", reason=reason)
    if by_horizon(curve) < FEWEST:
        return _too_few(row)
    found = conditional_share(curve, day, HORIZON, ONSET)
    return replace(
        row,
        estimate=found.estimate,
        lower=found.lower,
        upper=found.upper,
        std_error=found.std_error,
        status=found.status,
        reason=found.reason,
    )


def _too_few(row: Estimate) -> Estimate:
    reason = f"Fewer than {FEWEST} onsets by ten years."
    return replace(row, status="not_estimable", reason=reason)


def by_horizon(curve: Curve) -> float:
    """Onsets by ten years."""
    return by_day(curve, HORIZON)


def by_day(curve: Curve, day: float) -> float:
    """Onsets by a day; the first cause of the protocol is onset."""
    return float(events_by(curve, 0, np.array([day]))[0])
