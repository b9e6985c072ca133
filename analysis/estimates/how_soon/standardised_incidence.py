"""Standardised incidence of onset: predictions averaged over the people at entry.

Cause-specific Cox models of every way out on a model's terms as they are at entry and stay, then
the mean of the predicted incidences over all people with those terms (g-computation). The crude
curve averages over those at risk at each time, whom late entry and death choose; this one over the
people. It is a prediction from models, conditional like the crude curve on the starting day.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from analysis.estimates.estimate_rows.incidence_rows import failed_rows, incidence_rows
from analysis.estimates.how_soon.competing_combination import Incidence
from analysis.estimates.how_soon.starting_time import at_risk_periods, flagged
from analysis.estimates.inputs.cohort_tables import Cohort
from analysis.estimates.model import NoSettings, registered
from analysis.estimates.who.complete_rows import design
from analysis.estimates.who.sampled_cohort import SampledCohort
from analysis.study import Model
from analysis.survival.competing_risks.cause_specific import cause_specific
from analysis.survival.competing_risks.standardised_incidence import (
    SampledRows,
    standardised_incidence,
)
from analysis.survival.curves.confidence import incidence_interval
from analysis.survival.imputation.rubin import pool_curves
from data_schema.follow_up import DAYS_A_YEAR
from data_schema.results import Estimate

Floats = NDArray[np.float64]
ONSET = 1


@dataclass(frozen=True)
class Standardised:
    """One curve at the horizons: estimate and std_error (M,), or why there is none."""

    template: Estimate
    days: Floats
    estimate: Floats
    std_error: Floats
    reason: str
    caveat: str


@registered(
    "how_soon",
    measures=["standardised_incidence"],
    always=True,
    order=7,
    exempt={"late_entry": "averages over the people at entry"},
)
def predicted_incidence(cohort: Cohort, _settings: NoSettings) -> list[Estimate]:
    """For each model of onset, from the people whose terms are all known at entry."""
    if not _asked(cohort):
        return []
    return [row for model in models(cohort) for row in rows_of(standardised(cohort, model))]


def _asked(cohort: Cohort) -> bool:
    calcinosis = cohort.study.outcome.kind == "calcinosis"
    return calcinosis and cohort.can_find_cases and len(cohort.people) > 0


def models(cohort: Cohort) -> list[Model]:
    """Models of onset without strata, whose hazards can be averaged."""
    return [one for one in cohort.study.models if "onset" in one.causes and not one.strata]


def standardised(cohort: Cohort, model: Model, sample: SampledCohort | None = None) -> Standardised:
    """The curve of one model over the people of a cohort whose terms are known at entry.

    ``sample``: how these people were sampled from a larger cohort, which the curve is then of.
    """
    at_risk = at_risk_periods(cohort) if sample is None else sample.at_risk
    known = design(cohort, model, at_entry=True)
    at_risk = at_risk.where(np.isin(at_risk.person, known["person"].to_numpy()))
    rows = np.searchsorted(known["person"].to_numpy(), at_risk.person)
    X = known[[term.name for term in model.terms]].to_numpy(float)[rows]
    days = np.array(cohort.study.horizons.years) * DAYS_A_YEAR
    days = days[days > at_risk.since]
    onsets = float((at_risk.state == ONSET).sum())
    template = Estimate(
        "how_soon",
        "standardised_incidence",
        "cohort",
        "onset",
        model=model.name,
        numerator=onsets,
        denominator=float(at_risk.n_people),
        events=onsets,
        people=float(at_risk.n_people),
        unit="probability",
    )
    caveat = at_risk.caveat(cohort.study.horizons.fewest_at_risk)
    nothing = np.full(len(days), np.nan)
    none = Standardised(template, days, nothing, nothing, "", caveat)
    if not onsets:
        return replace(none, reason="no onset among people whose terms are known at entry")
    weights = None if sample is None else sample.weights(at_risk.person)
    fit = cause_specific(X, at_risk.stop, at_risk.state, start=at_risk.start, weights=weights)
    if fit.status != "ok":
        return replace(none, reason=fit.reason)
    of_draw = None
    if sample is not None and sample.people is not None:
        of_draw = SampledRows(sample.people, sample.index(at_risk.person))
    found = standardised_incidence(fit, X[at_risk.first], days, ONSET, drawn=of_draw)
    return replace(none, estimate=found.estimate, std_error=found.std_error)


def rows_of(curve: Standardised) -> list[Estimate]:
    """One row a horizon, complementary log-log limits."""
    if curve.reason:
        return failed_rows(curve.template, curve.days, curve.reason)
    limits = incidence_interval(curve.estimate, curve.std_error, "log-log")
    found = Incidence(curve.estimate, curve.std_error, *limits)
    rows = incidence_rows(curve.template, curve.days, found)
    return [flagged(row, curve.caveat) for row in rows]


def pooled_rows(curves: list[Standardised], specification: str) -> list[Estimate]:
    """Curves of imputed data sets as one, pooled as log(−log(1 − F)) by Rubin's rules."""
    template = replace(curves[0].template, specification=specification)
    days = curves[0].days
    failed = [curve.reason for curve in curves if curve.reason]
    if failed:
        reason = f"{len(failed)} of {len(curves)} imputed data sets: {failed[0]}"
        return failed_rows(template, days, reason)
    pooled = pool_curves(
        np.array([1 - curve.estimate for curve in curves]),
        np.array([curve.std_error for curve in curves]),
    )
    found = Incidence(1 - pooled.survival, pooled.std_error, 1 - pooled.upper, 1 - pooled.lower)
    rows = incidence_rows(template, days, found)
    return [flagged(row, curves[0].caveat) for row in rows]
