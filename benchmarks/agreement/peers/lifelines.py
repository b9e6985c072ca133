"""lifelines. Its Aalen-Johansen moves tied times a little: curves are read just after a time."""

from __future__ import annotations

import numpy as np
from lifelines import AalenJohansenFitter, CoxPHFitter, KaplanMeierFitter

from benchmarks.agreement.peers.offers import read_at

AFTER = 1e-3


def _entry(job, d):
    return d["start"] if job["late"] else None


def kaplan_meier(job, d):
    fit = KaplanMeierFitter().fit(d["stop"], d["event"], entry=_entry(job, d), weights=d["weight"])
    curve = fit.survival_function_.iloc[:, 0]
    # The limits are all it gives of the error: log-log, as ours.
    return {"estimate": read_at(curve.index, curve, job["times"], 1.0)}


def aalen_johansen(job, d):
    estimate, std_error = _incidence(job, d, seed=1)
    again, again_error = _incidence(job, d, seed=2)
    return {
        "estimate": estimate,
        "std_error": std_error,
        "estimate_again": again,
        "std_error_again": again_error,
    }


def _incidence(job, d, seed):
    curves, errors = [], []
    asked = np.asarray(job["times"]) + AFTER
    for cause in sorted(set(d["event"]) - {0}):
        fit = AalenJohansenFitter(seed=seed).fit(
            d["stop"], d["event"], cause, entry=_entry(job, d), weights=d["weight"]
        )
        curve = fit.cumulative_density_.iloc[:, 0]
        curves.append(read_at(curve.index, curve, asked))
        errors.append(read_at(fit.variance_.index, np.sqrt(fit.variance_), asked))
    return curves, errors


def cox(job, d):
    columns = [*job["covariates"], "stop", "event"]
    optional = {"late": "start", "strata": "stratum", "weights": "weight"}
    columns += [column for need, column in optional.items() if job[need]]
    given = {
        "duration_col": "stop",
        "event_col": "event",
        "entry_col": "start" if job["late"] else None,
        "strata": ["stratum"] if job["strata"] else None,
        "weights_col": "weight" if job["weights"] else None,
        "fit_options": {"precision": 1e-14, "r_precision": 1e-15},
    }
    fit = CoxPHFitter().fit(d[columns], **given)
    found = {"coefficients": fit.params_, "std_error": fit.standard_errors_}
    if job["cluster"]:
        clustered = CoxPHFitter().fit(d[[*columns, "cluster"]], cluster_col="cluster", **given)
        found["robust"] = clustered.standard_errors_
    return found
