"""Who, with missing covariates imputed: every model on every completed cohort, pooled.

Rubin's rules with the degrees of freedom of Barnard and Rubin (1999), as many as events less terms
in the complete data. Penalised models are pooled with the inverse information at their maximum.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace

import numpy as np

from analysis.estimates.cohort_tables import Cohort
from analysis.estimates.missing_covariates import completed
from analysis.estimates.risk_factors import design, fitted, sentence, templates
from analysis.study import Model
from analysis.survival.cox_result import CoxResult
from analysis.survival.imputation import Failed
from analysis.survival.rubin import pool_coefficients
from data_schema.results import Estimate

SPECIFICATION = "multiple_imputation"


def imputed_risk_factors(cohort: Cohort) -> list[Estimate]:
    """Rows with ``specification`` multiple_imputation beside the primary ones, if asked for."""
    study = cohort.study
    asked = study.missing.method == "multiple_imputation" and study.models
    if not asked or not cohort.can_find_cases or len(cohort.people) == 0:
        return []
    fits: dict[tuple[str, str], list[CoxResult]] = defaultdict(list)
    rows: dict[tuple[str, str], list[Estimate]] = {}
    for filled in completed(cohort):
        if isinstance(filled, Failed):
            return _not_imputed(cohort, sentence(filled.reason))
        for model in study.models:
            _add(filled, model, fits, rows)
    return [row for key, empty in rows.items() for row in _pooled(empty, fits[key])]


def _not_imputed(cohort: Cohort, reason: str) -> list[Estimate]:
    """Every row with the reason for which nothing was imputed."""
    return [
        replace(row, status="not_estimable", reason=reason)
        for model in cohort.study.models
        for cause in model.causes
        if cause in cohort.causes
        for row in templates(cohort, model, design(cohort, model), cause, SPECIFICATION)
    ]


def _add(
    filled: Cohort,
    model: Model,
    fits: dict[tuple[str, str], list[CoxResult]],
    rows: dict[tuple[str, str], list[Estimate]],
) -> None:
    """Fit one model to one completed cohort, for each of its causes."""
    complete = design(filled, model)
    for cause in model.causes:
        if cause not in filled.causes:
            continue
        key = (model.name, cause)
        rows.setdefault(key, templates(filled, model, complete, cause, SPECIFICATION))
        if len(complete):
            event = (complete["state"] == filled.causes[cause]).astype(int)
            fits[key].append(fitted(model, complete, event))


def _pooled(empty: list[Estimate], fits: list[CoxResult]) -> list[Estimate]:
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
