"""firthmodels: Firth's Cox model, Breslow's ties; without penalty, an ordinary one."""

from __future__ import annotations

from firthmodels import FirthCoxPH

from benchmarks.agreement.peers.offers import lacks

UNKNOWN = {"late": "late entry", "weights": "weights", "strata": "strata", "cluster": "clusters"}


def firth(job, d):
    return _fit(job, d, 0.5)


def cox(job, d):
    return _fit(job, d, 0.0)


def _fit(job, d, penalty):
    lacks(job, **UNKNOWN)
    y = (d["event"].to_numpy() == 1, d["stop"].to_numpy())
    tight = {"gtol": 1e-9, "xtol": 1e-9, "max_iter": 500}
    fit = FirthCoxPH(penalty_weight=penalty, **tight).fit(d[job["covariates"]].to_numpy(), y)
    if not fit.converged_:
        raise RuntimeError("not converged")
    return {"coefficients": fit.coef_, "std_error": fit.bse_}
