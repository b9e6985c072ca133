"""A peer's seconds and answer for one work, in the peers' environment: FOLDER PEER WORK RUNS."""

from __future__ import annotations

import json
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd


def read(folder: Path) -> tuple[pd.DataFrame, list[str], bool]:
    shape = json.loads((folder / "shape.json").read_text())
    flat = np.fromfile(folder / "data.bin").reshape(len(shape["columns"]), shape["n"])
    d = pd.DataFrame(dict(zip(shape["columns"], flat, strict=True)))
    return d, [c for c in d if c.startswith("x")], shape["strata"]


def survival_cox(d, x, strata) -> Callable:
    import survival

    right = " + ".join(x) + (" + strata(stratum)" if strata else "")
    formula = f"Surv(start, stop, event) ~ {right}"
    return lambda: survival.coxph(formula, d).coefficients


def survival_cox_robust(d, x, _strata) -> Callable:
    import survival

    formula = f"Surv(start, stop, event) ~ {' + '.join(x)}"
    return lambda: survival.coxph(formula, d, cluster="cluster").coefficients


def survival_aalen_johansen(d, _x, _strata) -> Callable:
    import survival

    d = d.assign(id=np.arange(len(d)), event=d["event"].astype(int))
    formula = "Surv(start, stop, factor(event)) ~ 1"

    def work():
        fit = survival.survfit(formula, d, id="id")
        return np.concatenate([np.array(fit.pstate)[-1, 1:], np.array(fit.std_err)[-1, 1:]])

    return work


def survival_fine_gray(d, x, _strata) -> Callable:
    import survival

    d = d.assign(event=d["event"].astype(int))
    right = " + ".join(x)

    def work():
        long = survival.finegray(f"Surv(stop, factor(event)) ~ {right}", d, etype="1")
        formula = f"Surv(fgstart, fgstop, fgstatus) ~ {right}"
        return survival.coxph(formula, long, weights="fgwt", ties="breslow").coefficients

    return work


def surpyval_cox(d, x, strata) -> Callable:
    import surpyval

    Z, stop, start = d[x].to_numpy(), d["stop"].to_numpy(), d["start"].to_numpy()
    censored = 1 - d["event"].to_numpy(dtype=int)
    groups = d["stratum"].to_numpy(dtype=int) if strata else None
    return lambda: surpyval.CoxPH.fit(stop, Z, c=censored, tl=start, strata=groups).beta


def surpyval_fine_gray(d, x, _strata) -> Callable:
    import surpyval

    Z, stop = d[x].to_numpy(), d["stop"].to_numpy()
    causes = [None if cause == 0 else int(cause) for cause in d["event"]]
    return lambda: surpyval.FineGray.fit(stop, Z, causes, event=1).beta


def comprisk_fine_gray(d, x, _strata) -> Callable:
    import comprisk

    X, stop, cause = d[x].to_numpy(), d["stop"].to_numpy(), d["event"].to_numpy(dtype=int)
    return lambda: comprisk.FineGrayRegression().fit(X, time=stop, event=cause).coef_


def firthmodels_firth(d, x, _strata) -> Callable:
    from firthmodels import FirthCoxPH

    X, y = d[x].to_numpy(), (d["event"].to_numpy() == 1, d["stop"].to_numpy())
    return lambda: FirthCoxPH().fit(X, y).coef_


def main(folder: Path, peer: str, work: str, runs: int) -> None:
    warnings.simplefilter("ignore")
    call = globals()[f"{peer}_{work}"](*read(folder))
    seconds, processor = [], []
    for _ in range(runs + 1):  # the first warms
        began, busy = time.perf_counter(), time.process_time()
        answer = call()
        seconds.append(time.perf_counter() - began)
        processor.append(time.process_time() - busy)
    numbers = np.asarray(answer, dtype=float).tolist()
    said = {"seconds": seconds[1:], "processor": processor[1:], "answer": numbers}
    (folder / "said.json").write_text(json.dumps(said))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], sys.argv[3], int(sys.argv[4]))
