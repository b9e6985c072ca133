"""PyPI ``survival``: R's interface in Python over Rust."""

from __future__ import annotations

import numpy as np
import survival

from benchmarks.agreement.peers.offers import read_at, roots


def kaplan_meier(job, d):
    s = survival.survfit("Surv(start, stop, event) ~ 1", d, weights="weight", robust=False)
    surv, error = np.array(s.surv), np.array(s.std_err)
    return {
        "estimate": read_at(s.time, surv, job["times"], 1.0),
        "std_error": read_at(s.time, error * surv, job["times"]),
    }


def aalen_johansen(job, d):
    s = survival.survfit("Surv(start, stop, factor(event)) ~ 1", d, id="id", weights="weight")
    states, errors = np.array(s.pstate)[:, 1:], np.array(s.std_err)[:, 1:]
    return {
        "estimate": [read_at(s.time, p, job["times"]) for p in states.T],
        "jackknife": [read_at(s.time, e, job["times"]) for e in errors.T],
    }


def cox(job, d):
    right = [*job["covariates"], *(["strata(stratum)"] if job["strata"] else [])]
    left = "Surv(start, stop, event)" if job["late"] else "Surv(stop, event)"
    formula = f"{left} ~ {' + '.join(right)}"
    tight = {"eps": 1e-14, "iter_max": 100, "toler_chol": 1e-13}
    fit = survival.coxph(formula, d, weights="weight", robust=False, **tight)
    if np.isnan(fit.coefficients).any():
        # As for R: where the likelihood is monotone, the number of the ordinary run.
        fit = survival.coxph(formula, d, weights="weight", robust=False)
    found = {"coefficients": fit.coefficients, "std_error": roots(fit.var)}
    if job["cluster"]:
        clustered = survival.coxph(formula, d, weights="weight", cluster="cluster", **tight)
        found["robust"] = roots(clustered.var)
    return found


def fine_gray(job, d):
    right = " + ".join(job["covariates"])
    long = survival.finegray(
        f"Surv(start, stop, factor(event)) ~ {right} + id", d, id="id", etype="1"
    )
    fit = survival.coxph(
        f"Surv(fgstart, fgstop, fgstatus) ~ {right}",
        long,
        weights="fgwt",
        cluster="id",
        ties="breslow",
        eps=1e-14,
        iter_max=100,
    )
    return {
        "coefficients": fit.coefficients,
        "naive": roots(fit.naive_var),
        "robust": roots(fit.var),
    }
