"""Missing covariates imputed: every model on every completed cohort, pooled by Rubin's rules.

Hazard ratios with the degrees of freedom of Barnard and Rubin (1999), as many as events less terms
in the complete data; penalised models are pooled with the inverse information at their maximum.
The incidence of onset averaged over people is pooled on the complementary log-log scale. Of a large
cohort a weighted sample is imputed and fitted (:mod:`analysis.estimates.who.sampled_cohort`). A
variable that cannot be imputed fails the models that use it, and no other.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.estimates.how_soon.standardised_incidence import (
    Standardised,
    models,
    pooled_rows,
    rows_of,
    standardised,
)
from analysis.estimates.how_soon.starting_time import flagged
from analysis.estimates.inputs.cohort_tables import Cohort
from analysis.estimates.model import NoSettings, registered
from analysis.estimates.who.complete_rows import counted, design
from analysis.estimates.who.interval_sums import interval_sums
from analysis.estimates.who.missing_covariates import completed, used_by
from analysis.estimates.who.risk_factors import fitted, sentence, templates
from analysis.estimates.who.sampled_cohort import SampledCohort, sampled_cohort
from analysis.study import Model
from analysis.survival.cox_regression.sampled_people import sampled_covariance
from analysis.survival.imputation.chained_equations import FailedImputation
from analysis.survival.imputation.rubin import pool_coefficients
from data_schema.results import Estimate

Floats = NDArray[np.float64]
SPECIFICATION = "multiple_imputation"
Key = tuple[str, str]  # model, cause


@dataclass(frozen=True)
class _Fit:
    """All that is pooled of a model; its rows are released."""

    coefficients: Floats | None
    covariance: Floats | None
    n_events: int
    reason: str


@dataclass(frozen=True)
class _Fits:
    """Over the completed cohorts: rows without ratios, fits of each model and cause, curves."""

    empty: dict[Key, list[Estimate]] = field(default_factory=dict)
    fits: dict[Key, list[_Fit]] = field(default_factory=lambda: defaultdict(list))
    curves: dict[str, list[Standardised]] = field(default_factory=lambda: defaultdict(list))


@registered(
    "who",
    measures=["hazard_ratio", "standardised_incidence"],
    always=True,
    order=1,
    exempt={
        "order": "values are imputed in the order of the intervals",
        "split": "values are imputed interval by interval",
        "late_entry": "values are imputed from the intervals of one person",
    },
)
def imputed_covariates(cohort: Cohort, _settings: NoSettings) -> list[Estimate]:
    """Rows with ``specification`` multiple_imputation beside the primary ones, if asked for."""
    study = cohort.study
    asked = study.missing.method == "multiple_imputation" and study.models
    if not asked or not cohort.can_find_cases or len(cohort.people) == 0:
        return []
    why: dict[str, str] = {}  # variable -> the reason for which it is not imputed
    sample = sampled_cohort(cohort)
    while isinstance(found := _fitted(sample, why), FailedImputation):
        why |= {found.variable: found.reason}
    ratios = [row for key, empty in found.empty.items() for row in _pooled(empty, found.fits[key])]
    curves = [row for one in found.curves.values() for row in pooled_rows(one, SPECIFICATION)]
    failed = [row for model in study.models for row in _not_imputed(cohort, model, why)]
    rows = [flagged(row, sample.caveat) for row in ratios + curves]
    return _in_order(study.models, rows + failed)


def _fitted(sample: SampledCohort, why: dict[str, str]) -> _Fits | FailedImputation:
    """Every model whose variables can be imputed, on every completed cohort."""
    cohort = sample.cohort
    usable = [model for model in cohort.study.models if not _lacks(cohort, model, why)]
    if not usable:
        return _Fits()
    found = _Fits()
    for filled in completed(sample, without=why):
        if isinstance(filled, FailedImputation):
            return filled
        for model in usable:
            _add(replace(sample, cohort=filled), model, found)
    return found


def _lacks(cohort: Cohort, model: Model, why: dict[str, str]) -> list[str]:
    """The variables of a model that cannot be imputed."""
    return sorted(used_by(cohort, model) & set(why))


def _not_imputed(cohort: Cohort, model: Model, why: dict[str, str]) -> list[Estimate]:
    """The rows of a model that uses a variable that is not imputed, with the reason."""
    lacks = _lacks(cohort, model, why)
    if not lacks:
        return []
    reason = sentence(why[lacks[0]])
    counts = interval_sums(cohort, model).counts
    rows = [
        row
        for cause in model.causes
        if cause in cohort.causes
        for row in templates(cohort, model, counts, cause, SPECIFICATION)
    ]
    if model in models(cohort):
        curve = standardised(cohort, model)
        rows += [replace(row, specification=SPECIFICATION) for row in rows_of(curve)]
    return [_without_number(row, reason) for row in rows]


def _without_number(row: Estimate, reason: str) -> Estimate:
    bare = replace(row, estimate=None, lower=None, upper=None, std_error=None)
    return replace(bare, status="not_estimable", reason=reason)


def _in_order(asked: tuple[Model, ...], rows: list[Estimate]) -> list[Estimate]:
    """Rows in the order of the protocol's models, as they are within each."""
    place = {model.name: number for number, model in enumerate(asked)}
    return sorted(rows, key=lambda row: place[row.model])


def _add(sample: SampledCohort, model: Model, found: _Fits) -> None:
    """Fit one model to one completed cohort, for each of its causes."""
    filled = sample.cohort
    complete = design(filled, model)
    counts = counted(complete)
    for cause in model.causes:
        if cause not in filled.causes:
            continue
        key = (model.name, cause)
        found.empty.setdefault(key, templates(filled, model, counts, cause, SPECIFICATION))
        if len(complete):
            found.fits[key].append(_fit(sample, model, complete, filled.causes[cause]))
    if model in models(filled):
        found.curves[model.name].append(standardised(filled, model, sample))


def _fit(sample: SampledCohort, model: Model, rows: pd.DataFrame, state: int) -> _Fit:
    """One cause of one model; of a sample, its covariance includes the sampling."""
    event = (rows["state"] == state).astype(int)
    person = rows["person"].to_numpy()
    fit = fitted(model, rows, event, sample.weights(person))
    covariance = fit.covariance
    if sample.people is not None and fit.status == "ok":
        covariance = sampled_covariance(fit, sample.people, sample.index(person))
    return _Fit(fit.coefficients, covariance, fit.n_events, fit.reason)


def _pooled(empty: list[Estimate], fits: list[_Fit]) -> list[Estimate]:
    reason = "" if fits else "A covariate of the model is known too rarely to be imputed."
    failed = [fit.reason for fit in fits if fit.coefficients is None or fit.covariance is None]
    if failed:
        reason = sentence(f"{len(failed)} of {len(fits)} imputed data sets: {failed[0]}")
    if reason:
        return [replace(row, status="not_estimable", reason=reason) for row in empty]
    free = fits[0].n_events - len(empty)
    pooled = pool_coefficients(
        np.array([fit.coefficients for fit in fits]),
        np.array([fit.covariance for fit in fits]),
        complete_df=free if free > 0 else np.inf,
    )
    return [
        replace(
            row,
            estimate=float(np.exp(pooled.estimate[j])),
            lower=float(np.exp(pooled.lower[j])),
            upper=float(np.exp(pooled.upper[j])),
            std_error=float(pooled.std_error[j]),
            p_value=float(pooled.p_value[j]),
        )
        for j, row in enumerate(empty)
    ]
