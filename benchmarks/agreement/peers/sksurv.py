"""scikit-survival: curves with limits, not errors; a Cox model without errors, entry, weights."""

from __future__ import annotations

from sksurv.linear_model import CoxPHSurvivalAnalysis
from sksurv.nonparametric import cumulative_incidence_competing_risks, kaplan_meier_estimator
from sksurv.util import Surv

from benchmarks.agreement.peers.offers import lacks, read_at


def kaplan_meier(job, d):
    lacks(job, weights="weights")
    entry = d["start"].to_numpy() if job["late"] else None
    times, curve = kaplan_meier_estimator(d["event"] == 1, d["stop"].to_numpy(), time_enter=entry)
    return {"estimate": read_at(times, curve, job["times"], 1.0)}


def aalen_johansen(job, d):
    lacks(job, weights="weights", late="late entry")
    times, curves = cumulative_incidence_competing_risks(
        d["event"].to_numpy(), d["stop"].to_numpy()
    )
    return {"estimate": [read_at(times, curve, job["times"]) for curve in curves[1:]]}


def cox(job, d):
    lacks(job, late="late entry", weights="weights", strata="strata")
    fit = CoxPHSurvivalAnalysis(ties="efron", tol=1e-14).fit(
        d[job["covariates"]], Surv.from_arrays(d["event"] == 1, d["stop"])
    )
    return {"coefficients": fit.coef_}
