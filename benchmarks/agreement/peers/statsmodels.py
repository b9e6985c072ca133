"""statsmodels: survival functions, cumulative incidence and PHReg."""

from __future__ import annotations

import numpy as np
from statsmodels.duration.hazard_regression import PHReg
from statsmodels.duration.survfunc import CumIncidenceRight, SurvfuncRight

from benchmarks.agreement.peers.offers import lacks, read_at


def kaplan_meier(job, d):
    fit = SurvfuncRight(
        d["stop"],
        d["event"],
        entry=d["start"] if job["late"] else None,
        freq_weights=d["weight"] if job["weights"] else None,
    )
    return {
        "estimate": read_at(fit.surv_times, fit.surv_prob, job["times"], 1.0),
        "std_error": read_at(fit.surv_times, fit.surv_prob_se, job["times"]),
    }


def aalen_johansen(job, d):
    lacks(job, late="late entry")
    weights = d["weight"] if job["weights"] else None
    fit = CumIncidenceRight(d["stop"], d["event"], freq_weights=weights)
    found = {"estimate": [read_at(fit.times, c, job["times"]) for c in fit.cinc]}
    if weights is None:
        found["std_error"] = [read_at(fit.times, c, job["times"]) for c in fit.cinc_se]
    return found


def cox(job, d):
    lacks(job, weights="weights")
    model = PHReg(
        d["stop"],
        d[job["covariates"]],
        status=d["event"],
        entry=d["start"] if job["late"] else None,
        strata=d["stratum"] if job["strata"] else None,
        ties="efron",
    )
    fit = model.fit(disp=0)
    found = {"coefficients": fit.params, "std_error": fit.bse}
    if job["cluster"]:
        found["robust"] = model.fit(groups=np.asarray(d["cluster"]), disp=0).bse
    return found
