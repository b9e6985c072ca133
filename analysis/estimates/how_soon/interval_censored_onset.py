"""Cumulative incidence of onset that is interval-censored between assessments, by six methods.

Turnbull (1976), Weibull and Royston-Parmar (2002) with late entry, each conditional on the last
negative assessment by entry (else the first after it); competing exits put back
(``competing_combination``), so that all compare with the primary curve. Midpoint imputation and
the detected day of the same people stand beside them. The illness-death model counts onsets that
death hides: it is the sensitivity that decides.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from analysis.estimates.estimate_rows.incidence_rows import failed_rows, incidence_rows
from analysis.estimates.how_soon.competing_combination import (
    Incidence,
    integration_days,
    parametric_incidence,
)
from analysis.estimates.how_soon.hidden_onset import hidden_onset
from analysis.estimates.how_soon.interval_bounds import (
    ONSET,
    IntervalBounds,
    coarsened,
    interval_bounds,
)
from analysis.estimates.how_soon.starting_time import AtRiskPeriods, at_risk_periods
from analysis.estimates.inputs.cohort_tables import Cohort
from analysis.estimates.model import NoSettings, registered
from analysis.survival.curves.aalen_johansen import aalen_johansen
from analysis.survival.curves.curve import Curve
from analysis.survival.curves.product_limit import kaplan_meier
from analysis.survival.interval_censored.parametric_fit import ParametricResult
from analysis.survival.interval_censored.person_time import event_free_cells
from analysis.survival.interval_censored.royston_parmar import royston_parmar
from analysis.survival.interval_censored.turnbull import survival_bounds, turnbull
from analysis.survival.interval_censored.weibull import weibull
from data_schema.follow_up import DAYS_A_YEAR
from data_schema.results import Estimate

Floats = NDArray[np.float64]
FEWEST = 10  # onsets between two assessments, below which nothing is fitted
UNDETERMINED = "The limits are what the assessments leave undetermined, not a confidence interval"
EXACT_ENDS = 600  # distinct days of detection up to which every day is its own; above, a grid
NO_ASSESSMENTS = (
    "Interval-censored onset is not identified: nobody has a negative assessment, so the only "
    "left bound of an onset is entry, and the absence of a code is not a negative assessment."
)


@registered(
    "how_soon",
    measures=["interval_people", "interval_incidence", "statement"],
    always=True,
    order=2,
    exempt={"late_entry": "onset lies between two assessments of one person"},
)
def interval_censored_onset(cohort: Cohort, _settings: NoSettings) -> list[Estimate]:
    """Cumulative incidence of onset between assessments, by method, at the protocol's horizons."""
    asked = cohort.study.outcome.kind == "calcinosis" and cohort.can_find_cases
    if not asked or len(cohort.people) == 0:
        return []
    bounds = interval_bounds(cohort.people)
    if not bounds.bounded.any():
        return [
            Estimate(
                "how_soon",
                "statement",
                term="interval_censored_onset",
                status="not_available",
                reason=NO_ASSESSMENTS,
            )
        ]
    counts = _counts(cohort, bounds)
    if bounds.n_onset < FEWEST:
        reason = f"Fewer than {FEWEST} onsets have a negative assessment before them."
        row = replace(_template(bounds), model="turnbull")
        return [*counts, replace(row, status="not_estimable", reason=reason)]
    at_risk = at_risk_periods(cohort)
    days = np.array([year * DAYS_A_YEAR for year in cohort.study.horizons.years])
    days = days[days > at_risk.since]
    return counts + _methods(bounds, at_risk, days, float(cohort.study.horizons.curve_step_days))


def _counts(cohort: Cohort, bounds: IntervalBounds) -> list[Estimate]:
    """People and onsets with a negative assessment, and without: the latter are left out."""
    onset = cohort.people["state"].to_numpy() == ONSET
    parts = {
        ("", "with_negative"): bounds.bounded.sum(),
        ("", "without_negative"): (~bounds.bounded).sum(),
        ("onset", "with_negative"): (onset & bounds.bounded).sum(),
        ("onset", "without_negative"): (onset & ~bounds.bounded).sum(),
    }
    ids = {
        "": Estimate("follow_up", "people", "cohort").id,
        "onset": Estimate("follow_up", "exits", "cohort", level="onset").id,
    }
    return [
        Estimate(
            "how_soon",
            "interval_people",
            "cohort",
            outcome,
            level=level,
            estimate=float(n),
            numerator=float(n),
            unit="people",
            sums_to=ids[outcome],
        )
        for (outcome, level), n in parts.items()
    ]


def _template(bounds: IntervalBounds) -> Estimate:
    return Estimate(
        "how_soon",
        "interval_incidence",
        "with a negative assessment",
        "onset",
        numerator=float(bounds.n_onset),
        denominator=float(len(bounds.free)),
        events=float(bounds.n_onset),
        people=float(len(bounds.free)),
        unit="probability",
    )


def _methods(
    bounds: IntervalBounds, at_risk: AtRiskPeriods, days: Floats, step: float
) -> list[Estimate]:
    others = kaplan_meier(at_risk.stop, at_risk.state > ONSET, start=at_risk.start)
    since = at_risk.since
    fits: dict[str, Callable[[], ParametricResult]] = {
        "weibull": lambda: fit_between(weibull, bounds),
        "royston_parmar": lambda: fit_between(_royston_parmar(bounds), bounds),
    }
    rows = _curve_rows(bounds, bounds.exit, since, days, "detected")
    rows += _curve_rows(bounds, bounds.midpoints, since, days, "midpoint")
    rows += _turnbull_rows(bounds, others, since, days, step)
    for name, fit in fits.items():
        result = fit()
        template = replace(_template(bounds), model=name)
        if result.status == "not_estimable":
            rows += failed_rows(template, days, result.reason)
            continue
        found = parametric_incidence(result, others, days, since)
        rows += incidence_rows(template, days, found, result.reason)
    return rows + hidden_onset(
        replace(_template(bounds), model="illness_death"), bounds, since, days
    )


def fit_between(model: Callable[..., ParametricResult], bounds: IntervalBounds) -> ParametricResult:
    """A parametric time to onset: onsets one by one, time free of it in cells."""
    onset = np.isfinite(bounds.upper)
    free = event_free_cells(bounds.lower[~onset], entry=bounds.free[~onset])
    return model(
        np.concatenate([bounds.lower[onset], free.lower]),
        np.concatenate([bounds.upper[onset], free.upper]),
        entry=np.concatenate([bounds.free[onset], free.entry]),
        weights=np.concatenate([np.ones(int(onset.sum())), free.weights]),
    )


def _royston_parmar(bounds: IntervalBounds) -> Callable[..., ParametricResult]:
    """Two interior knots at the thirds of the onsets' midpoints, boundary at the outermost."""
    knots = np.quantile(bounds.midpoints[np.isfinite(bounds.upper)], [0, 1 / 3, 2 / 3, 1])
    apart = np.maximum.accumulate(np.maximum(knots, 1.0) + 1e-6 * np.arange(4))
    return lambda *given, **named: royston_parmar(*given, knots=apart, **named)


def _curve_rows(
    bounds: IntervalBounds, onset_day: Floats, since: float, days: Floats, model: str
) -> list[Estimate]:
    """Aalen-Johansen of those with a negative assessment, onset on a given day."""
    start = np.maximum(np.maximum(bounds.free, bounds.entry), since)
    stop = np.where(bounds.state == ONSET, onset_day, bounds.exit)
    kept = stop > start
    template = replace(_template(bounds), model=model)
    state, n_people = bounds.state[kept], float(kept.sum())
    if not (state == ONSET).any():
        return failed_rows(template, days, "no onset after the first day of the curve")
    causes = sorted({ONSET, *np.unique(state[state > 0]).tolist()})
    at = aalen_johansen(stop[kept], state, start=start[kept], causes=causes).at(days)
    columns = (at.estimate[:, 0], at.std_error[:, 0], at.lower[:, 0], at.upper[:, 0])
    rows = incidence_rows(template, days, Incidence(*columns))
    onsets = np.sort(stop[kept][state == ONSET])
    so_far = np.searchsorted(onsets, days, side="right")
    return [
        replace(row, events=float(n), people=n_people) for row, n in zip(rows, so_far, strict=True)
    ]


def _turnbull_rows(
    bounds: IntervalBounds, others: Curve, since: float, days: Floats, step: float
) -> list[Estimate]:
    template = replace(_template(bounds), model="turnbull")
    exact = len(np.unique(bounds.upper[np.isfinite(bounds.upper)])) <= EXACT_ENDS
    step = 1.0 if exact else step
    lower, upper, entry, weights = coarsened(bounds, step)
    result = turnbull(lower, upper, entry=entry, weights=weights)
    if result.status == "not_estimable":
        return failed_rows(template, days, result.reason)
    grid, last = integration_days(since, days)
    at = survival_bounds(result, grid)
    late, early = (_steps(free, others, grid)[last] for free in (at.upper, at.lower))
    said = UNDETERMINED + ("." if exact else f"; days are taken in steps of {step:g}.")
    said = f"{said} {result.reason}".strip()
    found = Incidence((early + late) / 2, np.full(len(days), np.nan), late, early)
    return incidence_rows(template, days, found, said)


def _steps(free: Floats, others: Curve, days: Floats) -> Floats:
    """``Σ S_2 dF_1`` of a step function, conditional on the first day; 0 once none are free."""
    if free[0] <= 0:
        return np.full(len(days), np.nan)
    staying = others.at(days).estimate[1:]
    return np.append(0.0, np.cumsum(staying * np.abs(np.diff(free / free[0]))))
