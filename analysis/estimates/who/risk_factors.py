"""Who: cause-specific hazard ratios on covariates that move in time.

Cox (1972) on risk intervals ``(start, stop]`` since first dialysis, ties by Efron (1977). Rows on
which a covariate of the model is not known are left out and counted. A ratio is an association,
not an effect: treatment answers laboratory values.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import norm

from analysis.estimates.inputs.cohort_tables import Cohort, no_cases_can_be_found
from analysis.estimates.model import NoSettings, registered
from analysis.estimates.who.complete_rows import Counts, counted, design
from analysis.estimates.who.interval_sums import interval_sums
from analysis.study import Model
from analysis.survival.cox_regression.firth_profile import firth_profile
from analysis.survival.cox_regression.model import cox
from analysis.survival.cox_regression.result import CoxResult
from data_schema.follow_up import DAYS_A_YEAR
from data_schema.results import Estimate

Z = float(norm.ppf(0.975))


@registered("who", measures=["hazard_ratio", "statement"], always=True)
def risk_factors(cohort: Cohort, _settings: NoSettings) -> list[Estimate]:
    """Every model of the protocol, for each of its causes."""
    if not cohort.study.models:
        reason = cohort.study.cannot_answer.get("who", "The protocol asks for no model.")
        return [Estimate("who", "statement", status="not_available", reason=reason)]
    if not cohort.can_find_cases:
        return [no_cases_can_be_found("who")]
    return [row for model in cohort.study.models for row in _model_rows(cohort, model)]


def _model_rows(cohort: Cohort, model: Model) -> list[Estimate]:
    """Everything about a model; sums over the buckets where its fit needs no more than sums."""
    causes = [name for name in model.causes if name in cohort.causes]
    states = [cohort.causes[name] for name in causes]
    fits: Sequence[CoxResult | None]
    if model.penalty or model.strata:
        rows = design(cohort, model)
        counts = counted(rows)
        fits = [_fitted_here(model, rows, state) for state in states]
    else:
        sums = interval_sums(cohort, model)
        counts, fits = sums.counts, sums.fits(states)
    return [
        row
        for name, fit in zip(causes, fits, strict=True)
        for row in _ratios(templates(cohort, model, counts, name), model, counts, fit)
    ]


def templates(
    cohort: Cohort, model: Model, counts: Counts, outcome: str, specification: str = "primary"
) -> list[Estimate]:
    """A row a term, with the events, people and person-years behind it and no ratio yet."""
    events, people = float(counts.ends[cohort.causes[outcome]]), float(counts.people)
    template = Estimate(
        "who",
        "hazard_ratio",
        "cohort",
        outcome,
        model=model.name,
        numerator=events,
        denominator=people,
        events=events,
        people=people,
        person_years=counts.days / DAYS_A_YEAR,
        unit="ratio",
        specification=specification,
    )
    return [replace(template, term=term.name) for term in model.terms]


def fitted(
    model: Model,
    rows: pd.DataFrame,
    event: pd.Series,
    weights: NDArray[np.float64] | None = None,
) -> CoxResult:
    """Cox's model on complete rows at hand, as :func:`design` gives them; columns centred."""
    X = rows[[term.name for term in model.terms]].to_numpy(float)
    return cox(
        X - X.mean(axis=0),
        rows["stop"],
        event,
        start=rows["start"],
        strata=_stratum(rows, model),
        weights=weights,
        penalty=model.penalty,
    )


def _fitted_here(model: Model, rows: pd.DataFrame, state: int) -> CoxResult | None:
    """From rows in memory; ``None`` without rows."""
    return fitted(model, rows, (rows["state"] == state).astype(int)) if len(rows) else None


def _ratios(
    empty: list[Estimate], model: Model, counts: Counts, result: CoxResult | None
) -> list[Estimate]:
    if counts.rows == 0 or result is None:
        reason = "No person has every covariate of the model known at one time."
        return [replace(row, status="not_estimable", reason=reason) for row in empty]
    if result.coefficients is None or result.std_error is None:
        reason = sentence(result.reason)
        return [replace(row, status="not_estimable", reason=reason) for row in empty]
    ratios = [
        ratio_row(row, float(beta), float(error))
        for row, beta, error in zip(empty, result.coefficients, result.std_error, strict=True)
    ]
    return _profiled(ratios, result) if model.penalty == "firth" else ratios


def sentence(reason: str) -> str:
    """A reason of the survival library as a sentence."""
    return f"{reason[:1].upper()}{reason[1:]}."


def _stratum(rows: pd.DataFrame, model: Model) -> pd.Series | None:
    """One label for each combination of the model's strata."""
    if not model.strata:
        return None
    return rows.groupby([f"stratum_{name}" for name in model.strata], sort=True).ngroup()


def _profiled(ratios: list[Estimate], result: CoxResult) -> list[Estimate]:
    """Penalised rows with profile limits and tests in place of Wald's (Heinze and Schemper)."""
    profile = firth_profile(result)
    found = zip(ratios, profile.lower, profile.upper, profile.p_value, profile.status, strict=True)
    return [
        replace(row, lower=float(np.exp(low)), upper=float(np.exp(high)), p_value=float(p))
        if status == "ok"
        else replace(row, lower=None, upper=None, p_value=float(p), status="flagged", reason=status)
        for row, low, high, p, status in found
    ]


def ratio_row(template: Estimate, beta: float, std_error: float) -> Estimate:
    """``exp(β)`` with its Wald interval and p-value; ``std_error`` is of the logarithm."""
    return replace(
        template,
        estimate=float(np.exp(beta)),
        lower=float(np.exp(beta - Z * std_error)),
        upper=float(np.exp(beta + Z * std_error)),
        std_error=std_error,
        p_value=float(2 * norm.sf(abs(beta / std_error))),
    )
