"""comprisk: competing risks without entry or weights; its Cox has Breslow's ties."""

from __future__ import annotations

import comprisk
import numpy as np

from benchmarks.agreement.peers.offers import lacks, read_at

UNKNOWN = {"late": "late entry", "weights": "weights", "strata": "strata", "cluster": "clusters"}


def aalen_johansen(job, d):
    lacks(job, **UNKNOWN)
    fit = comprisk.CumulativeIncidence().fit(d["stop"].to_numpy(), d["event"].to_numpy())
    curves = [fit.curves_[None, cause] for cause in sorted(set(d["event"]) - {0})]
    return {
        "estimate": [read_at(c.times, c.cif, job["times"]) for c in curves],
        "std_error": [read_at(c.times, np.sqrt(c.var), job["times"]) for c in curves],
    }


def cox(job, d):
    lacks(job, **UNKNOWN)
    fit = comprisk.CauseSpecificCox(max_iter=100, gtol=1e-12).fit(
        d[job["covariates"]].to_numpy(), time=d["stop"].to_numpy(), event=d["event"].to_numpy()
    )
    return {"coefficients": fit.coef_, "std_error": fit.se_}


def fine_gray(job, d):
    lacks(job, **UNKNOWN)
    given = (d[job["covariates"]].to_numpy(),)
    times = {"time": d["stop"].to_numpy(), "event": d["event"].to_numpy()}
    fits = [
        comprisk.FineGrayRegression(max_iter=100, gtol=1e-12, robust_se=robust).fit(*given, **times)
        for robust in (False, True)
    ]
    return {"coefficients": fits[0].coef_, "naive": fits[0].se_, "robust": fits[1].se_}
