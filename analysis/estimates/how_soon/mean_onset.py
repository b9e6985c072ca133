"""What a mean time to onset among cases means: shown by simulation from the fitted hazards.

The same hazards of onset and of leaving are seen under several follow-up schemes: the registry's
(each period from its start to the end of the data), from the first day for a few years, or only
from some years on. The mean among the cases seen moves with the scheme; nothing else changes.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from analysis.estimates.how_soon.onset_hazard import FEWEST, spline_hazard
from analysis.estimates.how_soon.starting_time import AtRiskPeriods, at_risk_periods, flagged
from analysis.estimates.inputs.cohort_tables import Cohort
from analysis.estimates.model import NoSettings, registered
from analysis.survival.interval_censored.parametric_fit import ParametricResult
from data_schema.follow_up import DAYS_A_YEAR
from data_schema.results import Estimate

Floats = NDArray[np.float64]
ONSET = 1
SEED = 20_153  # named: the simulation of onset times from the fitted hazards
PEOPLE = 200_000  # simulated a design
STEP = 10.0  # days of the grid on which hazards are read
FOLLOW_UP_YEARS = (3.0, 5.0, 10.0, 20.0)
ENTRY_YEARS = (2.0, 5.0)
EXTRAPOLATED = "Beyond the last day observed the fitted hazards are carried on."


@dataclass(frozen=True)
class Hazards:
    """Cumulative hazards of onset and of leaving otherwise at ``days`` (K,), rising from 0."""

    days: Floats
    onset: Floats
    leaving: Floats


@dataclass(frozen=True)
class FollowUpScheme:
    """A follow-up scheme: from and until when each person is followed, in days."""

    name: str
    start: Floats
    stop: Floats


@registered(
    "how_soon",
    measures=["mean_onset"],
    always=True,
    order=3,
    exempt={
        "order/mean_onset": "onset is simulated in the order of the people",
        "late_entry/mean_onset": "simulates people as they are followed",
    },
)
def mean_onset(cohort: Cohort, _settings: NoSettings) -> list[Estimate]:
    """Mean onset among cases, as observed and under each follow-up scheme."""
    asked = cohort.study.outcome.kind == "calcinosis" and cohort.can_find_cases
    if not asked or len(cohort.people) == 0:
        return []
    at_risk = at_risk_periods(cohort)
    observed = at_risk.stop[at_risk.state == ONSET]
    if len(observed) < FEWEST:
        reason = f"Fewer than {FEWEST} onsets, so no hazard is fitted to simulate from."
        return [replace(_row(at_risk), status="not_estimable", reason=reason)]
    caveat = at_risk.caveat(cohort.study.horizons.fewest_at_risk)
    seen = replace(_row(at_risk), model="observed", estimate=float(observed.mean()) / DAYS_A_YEAR)
    return [flagged(row, caveat) for row in [seen, *_simulated(cohort, at_risk)]]


def _row(at_risk: AtRiskPeriods) -> Estimate:
    return Estimate(
        "how_soon",
        "mean_onset",
        "cases",
        "onset",
        model="simulated",
        unit="years",
        denominator=float(at_risk.n_people),
        events=float((at_risk.state == ONSET).sum()),
        people=float(at_risk.n_people),
    )


def _simulated(cohort: Cohort, at_risk: AtRiskPeriods) -> list[Estimate]:
    last = float(at_risk.stop.max())
    longest = max(last, (max(FOLLOW_UP_YEARS) + 1) * DAYS_A_YEAR)
    hazards = fitted_hazards(at_risk, longest)
    if isinstance(hazards, str):
        return [replace(_row(at_risk), status="not_estimable", reason=hazards)]
    rows = []
    for number, way in enumerate(follow_up_schemes(at_risk, potential_end(cohort, at_risk))):
        random = np.random.default_rng([SEED, number])
        day, onset = simulate(hazards, way, random)
        row = replace(_row(at_risk), term=way.name)
        if float(np.min(way.stop)) > last:
            row = replace(row, reason=EXTRAPOLATED, status="flagged")
        if not onset.any():
            reason = "No onset was simulated."
            rows.append(replace(row, status="not_estimable", reason=reason))
            continue
        rows.append(replace(row, estimate=float(day[onset].mean()) / DAYS_A_YEAR))
    return rows


def potential_end(cohort: Cohort, at_risk: AtRiskPeriods) -> Floats:
    """The day on which each period would end, had nothing happened: what censors it is no event."""
    people = cohort.people
    at = np.searchsorted(people["person"].to_numpy(), at_risk.person)
    population = cohort.study.population
    whole = (population.data_end - population.data_start).days
    end = whole - people["origin"].to_numpy(float)[at]
    return np.maximum(np.where(at_risk.state == 0, at_risk.stop, end), at_risk.stop)


def follow_up_schemes(at_risk: AtRiskPeriods, end: Floats) -> list[FollowUpScheme]:
    """Follow-up schemes: the registry's; all from the first day for some years; late entry only."""
    first = at_risk.since
    ways = [FollowUpScheme("registry", at_risk.start, end)]
    for years in FOLLOW_UP_YEARS:
        stop = first + years * DAYS_A_YEAR
        ways.append(
            FollowUpScheme(f"followed_{years:g}_years", np.array([first]), np.array([stop]))
        )
    for years in ENTRY_YEARS:
        start, stop = max(first, years * DAYS_A_YEAR), first + 10 * DAYS_A_YEAR
        ways.append(
            FollowUpScheme(f"entered_at_{years:g}_years", np.array([start]), np.array([stop]))
        )
    return ways


def fitted_hazards(at_risk: AtRiskPeriods, longest: float) -> Hazards | str:
    """Royston-Parmar cumulative hazards of onset and of every other exit, or why there are none."""
    days = np.arange(0.0, longest + STEP, STEP)
    span = (float(at_risk.start.min()), float(at_risk.stop.max()))
    onset = spline_hazard(at_risk.start, at_risk.stop, at_risk.state == ONSET, span)
    if onset.status == "not_estimable":
        return f"The hazard of onset could not be fitted: {onset.reason}."
    others = at_risk.state > ONSET
    if int(others.sum()) < FEWEST:
        return Hazards(days, _cumulative(onset, days), np.zeros(len(days)))
    leaving = spline_hazard(at_risk.start, at_risk.stop, others, span)
    if leaving.status == "not_estimable":
        return f"The hazard of leaving could not be fitted: {leaving.reason}."
    return Hazards(days, _cumulative(onset, days), _cumulative(leaving, days))


def _cumulative(fit: ParametricResult, days: Floats) -> Floats:
    total = fit.hazard.cumulative(days, np.zeros((len(days), 0))).value(fit.coefficients)[0]
    return np.maximum.accumulate(total)


def simulate(
    hazards: Hazards, way: FollowUpScheme, random: np.random.Generator
) -> tuple[Floats, NDArray[np.bool_]]:
    """Day on which follow-up ends and whether with onset, for people sampled from ``way``.

    The total hazard is inverted: ``Λ(T) = Λ(start) − log U``. The exit is an onset with the
    probability that onset has of the total hazard on the day.
    """
    chosen = random.integers(0, len(way.start), PEOPLE)
    start, stop = way.start[chosen], way.stop[chosen]
    total = hazards.onset + hazards.leaving
    reached = np.interp(start, hazards.days, total) + random.exponential(size=PEOPLE)
    keep = np.append(True, np.diff(total) > 0)
    day = np.interp(reached, total[keep], hazards.days[keep], right=np.inf)
    share = np.diff(hazards.onset) / np.maximum(np.diff(total), 1e-300)
    cell = np.clip(np.searchsorted(hazards.days, np.minimum(day, stop)) - 1, 0, len(share) - 1)
    onset = (day <= stop) & (random.random(PEOPLE) < share[cell])
    return np.minimum(day, stop), onset


def expected_mean(hazards: Hazards, way: FollowUpScheme) -> float:
    """The mean that :func:`simulate` tends to, in days: cells of the grid, person by person.

    ``Σ_i ∫ t S(t)/S(start_i) dΛ_1 / Σ_i ∫ S(t)/S(start_i) dΛ_1`` over each person's follow-up.
    """
    total = hazards.onset + hazards.leaving
    middle = (hazards.days[1:] + hazards.days[:-1]) / 2
    share = np.diff(hazards.onset) / np.maximum(np.diff(total), 1e-300)
    leaves = share * -np.diff(np.exp(-total))
    weight = np.append(0.0, np.cumsum(leaves))
    moment = np.append(0.0, np.cumsum(leaves * middle))
    left = np.exp(np.interp(way.start, hazards.days, total))

    def between(sums: Floats) -> float:
        gained = np.interp(way.stop, hazards.days, sums) - np.interp(way.start, hazards.days, sums)
        return float((left * gained).sum())

    return between(moment) / between(weight)
