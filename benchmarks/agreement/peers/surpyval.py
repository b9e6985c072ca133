"""SurPyval. Counts are whole; competing risks and Fine-Gray know no entry."""

from __future__ import annotations

import numpy as np
import surpyval

from benchmarks.agreement.peers.offers import NotOfferedError, lacks, read_at, roots


def _counts(job, d):
    if not job["weights"]:
        return None
    if (d["weight"] != d["weight"].round()).any():
        raise NotOfferedError("counts only, no part weights")
    return d["weight"].to_numpy(dtype=int)


def _labels(d):
    return [None if cause == 0 else int(cause) for cause in d["event"]]


def kaplan_meier(job, d):
    entry = d["start"].to_numpy() if job["late"] else None
    fit = surpyval.KaplanMeier.fit(
        x=d["stop"].to_numpy(), c=1 - d["event"].to_numpy(), n=_counts(job, d), tl=entry
    )
    log_error = np.sqrt(np.asarray(fit.greenwood, dtype=float))
    return {
        "estimate": read_at(fit.x, fit.R, job["times"], 1.0),
        "std_error": read_at(fit.x, log_error * fit.R, job["times"]),
    }


def aalen_johansen(job, d):
    lacks(job, late="late entry")
    fit = surpyval.CompetingRisks.fit(d["stop"].to_numpy(), _labels(d), n=_counts(job, d))
    causes = sorted(set(d["event"]) - {0})
    return {"estimate": [fit.cif(job["times"], int(cause)) for cause in causes]}


def cox(job, d):
    fit = surpyval.CoxPH.fit(
        x=d["stop"].to_numpy(),
        Z=d[job["covariates"]].to_numpy(),
        c=1 - d["event"].to_numpy(),
        n=_counts(job, d),
        tl=d["start"].to_numpy() if job["late"] else None,
        strata=d["stratum"].to_numpy() if job["strata"] else None,
    )
    found = {"coefficients": fit.beta, "std_error": fit.standard_errors()}
    if job["cluster"]:
        found["robust"] = roots(fit.robust_covariance(d["cluster"].to_numpy()))
    return found


def fine_gray(job, d):
    lacks(job, late="late entry")
    fit = surpyval.FineGray.fit(
        d["stop"].to_numpy(), d[job["covariates"]].to_numpy(), _labels(d), event=1
    )
    return {"coefficients": fit.beta, "naive": fit.standard_errors()}
