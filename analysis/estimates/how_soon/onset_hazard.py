"""The hazard of onset over years on dialysis and over age; rates by calendar era and treatment.

Kernel (Ramlau-Hansen, 1983) and Royston-Parmar (2002) with late entry, from the starting day to
the last day on which as many are at risk as the protocol asks. A point whose limits lie more than
tenfold apart (a kernel resting on fewer than three events) is not estimable. A proportion among
onsets falls and rises with who is left; the hazard is what a person still on dialysis faces.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
from numpy.typing import NDArray

from analysis.estimates.how_soon.incidence import rate_row
from analysis.estimates.how_soon.person_time_by import Split, by_era, by_modality
from analysis.estimates.how_soon.starting_time import AtRiskPeriods, at_risk_periods, flagged
from analysis.estimates.inputs.cohort_tables import Cohort
from analysis.estimates.model import NoSettings, registered
from analysis.survival.curves.kernel_hazard import kernel_hazard
from analysis.survival.curves.nelson_aalen import nelson_aalen
from analysis.survival.interval_censored.parametric_fit import ParametricResult, parametric_curves
from analysis.survival.interval_censored.person_time import person_time_cells
from analysis.survival.interval_censored.royston_parmar import royston_parmar
from data_schema.follow_up import DAYS_A_YEAR
from data_schema.results import Estimate

Floats = NDArray[np.float64]
ONSET = 1
POINTS = 25
FEWEST = 10  # onsets below which a hazard is not estimated
WIDEST = 10.0  # upper over lower limit: exp(2 · 1.96 / √3) is 9.6, three events
TOO_WIDE = "Too few onsets near this time: the limits lie more than tenfold apart."
PER_1000_YEARS = 1000 * DAYS_A_YEAR


@registered(
    "how_soon",
    measures=["onset_hazard", "incidence_rate"],
    always=True,
    order=4,
    exempt={"late_entry/onset_hazard": "is read between days on which somebody leaves"},
)
def onset_hazard(cohort: Cohort, _settings: NoSettings) -> list[Estimate]:
    """Hazards of onset by years on dialysis, age, era and treatment."""
    asked = cohort.study.outcome.kind == "calcinosis" and cohort.can_find_cases
    if not asked or len(cohort.people) == 0:
        return []
    at_risk = at_risk_periods(cohort)
    caveat = at_risk.caveat(cohort.study.horizons.fewest_at_risk)
    splits = {"era": _eras(cohort, at_risk)}
    spells = cohort.spells()
    if len(spells):
        splits["modality"] = by_modality(at_risk, spells)
    rows = _over(cohort, at_risk, "")
    rows += _over_age(cohort, at_risk)
    for dimension, split in splits.items():
        if split is not None:
            rows += _rates(split, dimension)
            rows += _by_level(cohort, split, dimension)
    return [flagged(row, caveat) for row in rows]


def _eras(cohort: Cohort, at_risk: AtRiskPeriods) -> Split | None:
    """Time at risk by calendar era; None where the source has no calendar."""
    population = cohort.study.population
    zero, end = population.data_start, population.data_end
    breaks = sorted(one.date for one in cohort.study.prevalence.breaks if zero < one.date <= end)
    if not breaks or not cohort.facts["calendar"]:
        return None
    days = np.array([(when - zero).days for when in breaks], dtype=float)
    people = cohort.people
    at = np.searchsorted(people["person"].to_numpy(), at_risk.person)
    return by_era(at_risk, people["origin"].to_numpy(float)[at], days, era_labels(breaks))


def era_labels(breaks: list[date]) -> list[str]:
    """Names of eras: before the first break, between, from the last."""
    said = [when.isoformat() for when in breaks]
    middle = [f"{a} to {b}" for a, b in zip(said[:-1], said[1:], strict=True)]
    return [f"before {said[0]}", *middle, f"from {said[-1]}"]


def _rates(split: Split, dimension: str) -> list[Estimate]:
    rows = []
    for level in sorted(set(split.level)):
        inside = split.level == level
        years = float((split.stop[inside] - split.start[inside]).sum()) / DAYS_A_YEAR
        template = Estimate(
            "how_soon",
            "incidence_rate",
            "cohort",
            "onset",
            model="poisson_exact",
            strata=f"{dimension}={level}",
            people=float(len(np.unique(split.person[inside]))),
        )
        rows.append(rate_row(template, int((split.state[inside] == ONSET).sum()), years))
    return rows


def _by_level(cohort: Cohort, split: Split, dimension: str) -> list[Estimate]:
    rows = []
    for level in sorted(set(split.level)):
        inside = split.level == level
        rows += _over(cohort, split.where(inside), f"{dimension}={level}", smooth=False)
    return rows


def _over(
    cohort: Cohort, at_risk: AtRiskPeriods | Split, strata: str, *, smooth: bool = True
) -> list[Estimate]:
    """Hazard over days since first dialysis."""
    people = float(len(np.unique(at_risk.person)))
    template = replace(_template(), strata=strata, denominator=people, people=people)
    horizons, start, stop = cohort.study.horizons, at_risk.start, at_risk.stop
    span = _span(start, stop, horizons.fewest_at_risk, horizons.curve_end_years * DAYS_A_YEAR)
    return _rows(template, start, stop, at_risk.state == ONSET, span, "time", smooth)


def _over_age(cohort: Cohort, at_risk: AtRiskPeriods) -> list[Estimate]:
    """Hazard over age in years: people enter at the age at which they are first at risk."""
    everybody = cohort.people
    at = np.searchsorted(everybody["person"].to_numpy(), at_risk.person)
    age = np.round(everybody["age_at_entry"].to_numpy(float)[at] * DAYS_A_YEAR)
    known = np.isfinite(age) & (age >= 0)
    if not known.any():
        return []
    start, stop = (age + at_risk.start)[known], (age + at_risk.stop)[known]
    people = float(len(np.unique(at_risk.person[known])))
    template = replace(_template(), strata="time_scale=age", denominator=people, people=people)
    span = _span(start, stop, cohort.study.horizons.fewest_at_risk, np.inf)
    return _rows(template, start, stop, at_risk.state[known] == ONSET, span, "x", True)


def _template() -> Estimate:
    return Estimate("how_soon", "onset_hazard", "cohort", "onset", unit="per 1,000 person-years")


def _span(start: Floats, stop: Floats, fewest: int, end: float) -> tuple[float, float]:
    """From the first to the last time, by ``end``, at which enough are at risk."""
    curve = nelson_aalen(stop, np.ones(len(stop)), start=start)
    enough = np.flatnonzero((curve.n_risk >= fewest) & (curve.times <= end))
    if len(enough) == 0:
        return 0.0, 0.0
    return max(float(start.min()), float(curve.times[enough[0]])), float(curve.times[enough[-1]])


def _rows(
    template: Estimate,
    start: Floats,
    stop: Floats,
    event: NDArray[np.bool_],
    span: tuple[float, float],
    axis: str,
    smooth: bool,
) -> list[Estimate]:
    inside = event & (stop > span[0]) & (stop <= span[1])
    n_event = int(inside.sum())
    template = replace(template, numerator=float(n_event))
    if n_event < FEWEST:
        reason = f"Fewer than {FEWEST} onsets where enough people are at risk."
        return [replace(template, model="kernel", status="not_estimable", reason=reason)]
    at = np.linspace(span[0], span[1], POINTS)
    kernel = kernel_hazard(stop, event, at, limits=span, start=start)
    bands = {"kernel": (kernel.estimate, kernel.lower, kernel.upper, kernel.n_effective)}
    if smooth:
        fit = spline_hazard(start, stop, event, span)
        if fit.status != "not_estimable":
            drawn = parametric_curves(fit, np.maximum(at, 1.0)).hazard
            everywhere = np.full(POINTS, float(n_event))
            bands["royston_parmar"] = (drawn.estimate, drawn.lower, drawn.upper, everywhere)
    return [
        row
        for model, band in bands.items()
        for row in _points(replace(template, model=model), at, band, axis)
    ]


def spline_hazard(
    start: Floats, stop: Floats, event: NDArray[np.bool_], span: tuple[float, float]
) -> ParametricResult:
    """Royston-Parmar of the time within ``span``, knots at the thirds of its events."""
    kept = (stop > span[0]) & (start < span[1])
    within = np.minimum(stop[kept], span[1])
    happens = event[kept] & (stop[kept] <= span[1])
    made = person_time_cells(within, happens, start=np.maximum(start[kept], span[0]))
    knots = np.quantile(made.event_times, [0, 1 / 3, 2 / 3, 1]) + 1e-6 * np.arange(4)
    return royston_parmar(
        made.lower, made.upper, knots=knots, entry=made.entry, weights=made.weights
    )


def _points(
    template: Estimate, at: Floats, band: tuple[Floats, Floats, Floats, Floats], axis: str
) -> list[Estimate]:
    """A row a point: per 1,000 person-years, at days since first dialysis or years of age.

    ``band``: hazard, lower, upper, and the events each rests on: a kernel's effective ones, all of
    a spline's.
    """
    rows = []
    for where, value, low, high, events in zip(at, *band, strict=True):
        place = {"time": float(where)} if axis == "time" else {"x": float(where / DAYS_A_YEAR)}
        row = replace(template, events=float(events), **place)  # type: ignore[arg-type]
        reason = _unknown(float(value), float(low), float(high))
        if reason:
            rows.append(replace(row, status="not_estimable", reason=reason))
            continue
        rows.append(
            replace(
                row,
                estimate=float(value) * PER_1000_YEARS,
                lower=float(low) * PER_1000_YEARS,
                upper=float(high) * PER_1000_YEARS,
            )
        )
    return rows


def _unknown(value: float, low: float, high: float) -> str:
    """Why a point of the hazard says nothing; empty if it says something."""
    if not value > 0:
        return "The hazard is not above 0 here."
    return "" if low > 0 and high <= WIDEST * low else TOO_WIDE
