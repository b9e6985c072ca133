"""Who: cause-specific hazard ratios on covariates that move in time.

Cox (1972) on risk intervals ``(start, stop]`` since first dialysis, ties by Efron (1977). Rows on
which a covariate of the model is not known are left out and counted. A ratio is an association,
not an effect: treatment answers laboratory values.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import norm

from analysis.estimates.cohort_tables import Cohort, no_cases_can_be_found
from analysis.study import Model, Term
from analysis.survival.cox import cox
from analysis.survival.cox_result import CoxResult
from analysis.survival.firth_profile import firth_profile
from data_schema.follow_up import DAYS_A_YEAR
from data_schema.results import Estimate

Z = float(norm.ppf(0.975))
TIME = ("person", "start", "stop", "state")


def risk_factors(cohort: Cohort) -> list[Estimate]:
    """Every model of the protocol, for each of its causes."""
    if not cohort.study.models:
        reason = cohort.study.cannot_answer.get("who", "The protocol asks for no model.")
        return [Estimate("who", "statement", status="not_available", reason=reason)]
    if not cohort.can_find_cases:
        return [no_cases_can_be_found("who")]
    return [row for model in cohort.study.models for row in _model_rows(cohort, model)]


def design(cohort: Cohort, model: Model, *, at_entry: bool = False) -> pd.DataFrame:
    """Rows person, start, stop, state and one column a term, complete rows only.

    ``at_entry``: of each person the first interval, as they are when follow-up begins.

    Intervals are read part by part, the model's columns only: what is incomplete is never held.
    """
    named = {term.variable for term in model.terms} | set(model.strata)
    moving = sorted(named & set(cohort.tables.names("intervals")))
    people = cohort.people[["person", *sorted((named - {*moving}) & {*cohort.people.columns})]]
    parts = cohort.intervals([*TIME, *moving])
    if at_entry:
        parts = (part.drop_duplicates("person") for part in parts)
    return pd.concat([_complete(part, people, model) for part in parts], ignore_index=True)


def _complete(intervals: pd.DataFrame, people: pd.DataFrame, model: Model) -> pd.DataFrame:
    """The model's columns of some intervals, where all are known; people in order of id."""
    at = np.searchsorted(people["person"].to_numpy(), intervals["person"].to_numpy())
    personal = people.drop(columns="person").take(at).set_axis(intervals.index)
    rows = pd.concat([intervals, personal], axis=1)
    columns = {term.name: column(rows, term) for term in model.terms}
    strata = {f"stratum_{name}": rows[name] for name in model.strata}
    return rows[[*TIME]].assign(**columns, **strata).dropna()


def column(rows: pd.DataFrame, term: Term) -> pd.Series:
    """A term's transformed covariate; missing where the variable is, or is not in the extract."""
    if term.variable not in rows:
        return pd.Series(np.full(len(rows), np.nan), index=rows.index)
    values = rows[term.variable]
    if term.transform == "indicator":
        known = values.notna() & (values != "unknown")
        return (values == term.level).astype(float).where(known | (term.level == "unknown"))
    numbers = values.astype(float)
    if term.transform == "log2":
        return pd.Series(np.log2(numbers.where(numbers > 0)), index=rows.index)
    return numbers / term.per


def _model_rows(cohort: Cohort, model: Model) -> list[Estimate]:
    rows = design(cohort, model)
    fitted = []
    for name in model.causes:
        if name not in cohort.causes:
            continue
        fitted += _fit(cohort, model, rows, name)
    return fitted


def templates(
    cohort: Cohort, model: Model, rows: pd.DataFrame, outcome: str, specification: str = "primary"
) -> list[Estimate]:
    """A row a term, with the events, people and person-years behind it and no ratio yet."""
    event = rows["state"] == cohort.causes[outcome]
    template = Estimate(
        "who",
        "hazard_ratio",
        "cohort",
        outcome,
        model=model.name,
        numerator=float(event.sum()),
        denominator=float(rows["person"].nunique()),
        person_years=float((rows["stop"] - rows["start"]).sum()) / DAYS_A_YEAR,
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
    """Cox's model on complete rows, as :func:`design` gives them; columns centred."""
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


def _fit(cohort: Cohort, model: Model, rows: pd.DataFrame, outcome: str) -> list[Estimate]:
    empty = templates(cohort, model, rows, outcome)
    event = (rows["state"] == cohort.causes[outcome]).astype(int)
    if len(rows) == 0:
        reason = "No person has every covariate of the model known at one time."
        return [replace(row, status="not_estimable", reason=reason) for row in empty]
    result = fitted(model, rows, event)
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
