"""Our answers; also under another's convention, to see whether that is all that differs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.survival.competing_risks.fine_gray import fine_gray
from analysis.survival.cox_regression.model import cox
from analysis.survival.curves.aalen_johansen import aalen_johansen
from analysis.survival.curves.product_limit import kaplan_meier
from benchmarks.agreement.data_sets import Job


@dataclass(frozen=True)
class Convention:
    """How a rule of ours is changed: nothing, by default."""

    ties: str = "efron"
    entry_at_risk: bool = False  # who enters at a time is at risk at that time
    same_weight: bool = False  # weights are dropped
    firth: bool = False
    own_clusters: bool = False  # each row its own cluster


Answer = dict[str, np.ndarray]
OURS = Convention()


def answers(job: Job, table: pd.DataFrame, convention: Convention = OURS) -> Answer | str:
    """Quantity by quantity; or, where there is no estimate, status and reason."""
    start = table["start"].to_numpy(dtype=float)
    if convention.entry_at_risk:
        start = np.where(start > 0, np.nextafter(start, -np.inf), start)
    weights = None if convention.same_weight else table["weight"]
    if job.work == "kaplan_meier":
        return _kaplan_meier(job, table, start, weights)
    if job.work == "aalen_johansen":
        return _aalen_johansen(job, table, start, weights)
    if job.work == "fine_gray":
        return _fine_gray(job, table, start, weights)
    return _cox(job, table, start, weights, convention)


def _kaplan_meier(job: Job, table: pd.DataFrame, start, weights) -> Answer:
    curve = kaplan_meier(table["stop"], table["event"], start=start, weights=weights)
    read = curve.at(job.times)
    return {"estimate": read.estimate, "std_error": read.std_error}


def _aalen_johansen(job: Job, table: pd.DataFrame, start, weights) -> Answer:
    read = {
        v: aalen_johansen(
            table["stop"], table["event"], start=start, weights=weights, variance=v
        ).at(job.times)
        for v in ("greenwood", "jackknife")
    }
    # Cause after cause.
    return {
        "estimate": read["greenwood"].estimate.T.ravel(),
        "std_error": read["greenwood"].std_error.T.ravel(),
        "jackknife": read["jackknife"].std_error.T.ravel(),
    }


def _fine_gray(job: Job, table: pd.DataFrame, start, weights) -> Answer | str:
    fit = fine_gray(
        table[list(job.covariates)],
        table["stop"],
        table["event"],
        start=start,
        id=table["id"],
        weights=weights,
    )
    if fit.status != "ok":
        return f"{fit.status}: {fit.reason}"
    return {
        "coefficients": fit.coefficients,
        "naive": np.sqrt(np.diag(fit.covariance)),
        "robust": fit.robust_std_error,
        "std_error": fit.std_error,
    }


def _cox(job: Job, table: pd.DataFrame, start, weights, convention: Convention) -> Answer | str:
    firth = job.work == "firth" or convention.firth
    clusters = np.arange(len(table)) if convention.own_clusters else table["cluster"]
    fit = cox(
        table[list(job.covariates)],
        table["stop"],
        table["event"],
        start=start if job.late else None,
        strata=table["stratum"] if job.strata else None,
        weights=weights,
        cluster=clusters if job.cluster else None,
        ties=convention.ties,
        penalty="firth" if firth else None,
    )
    if fit.status != "ok":
        return f"{fit.status}: {fit.reason}"
    found = {"coefficients": fit.coefficients, "std_error": np.sqrt(np.diag(fit.covariance))}
    if job.cluster:
        found["robust"] = fit.robust_std_error
    return found
