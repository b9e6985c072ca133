"""Start-stop Cox with late entry and Efron ties, beside R's coxph, in one run.

``python -m benchmarks.cox [rows] [covariates] [strata]``. Prints times, ratios and how far apart
the answers are. Never a timed test: machines differ, ratios less so.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from analysis.survival.cox_regression.model import cox
from analysis.survival.risk_set_sums import product_kernels, row_kernels
from analysis.survival.risk_set_sums.risk_sets import padded

RUNS = 5
R_SCRIPT = """
suppressPackageStartupMessages(library(survival))
a <- commandArgs(TRUE); n <- as.numeric(a[2]); p <- as.numeric(a[3])
m <- matrix(readBin(a[1], "double", n * (p + 5)), n)
x <- m[, 1:p]; start <- m[, p + 1]; stop <- m[, p + 2]; event <- m[, p + 3]
s <- m[, p + 4]; id <- m[, p + 5]
y <- Surv(start, stop, event)
clock <- function(f) { t <- proc.time()[3]; r <- f(); list(s = unname(proc.time()[3] - t), r = r) }
f <- if (max(s) > 0) y ~ x + strata(s) else y ~ x
one <- clock(function() coxph(f))
two <- clock(function() coxph(f, cluster = id))
st <- if (max(s) > 0) s else NULL
o <- rep(0, n)
core <- clock(function() agreg.fit(x, y, st, o, init = rep(0, p), control = coxph.control(),
  weights = rep(1, n), method = "efron", rownames = NULL, resid = FALSE))
form <- paste('{"coxph": %.4f, "robust": %.4f, "core": %.4f,',
              '"coefficients": [%s], "loglik": %.15g, "se": [%s]}')
cat(sprintf(form,
  one$s, two$s, core$s, paste(sprintf("%.15g", coef(one$r)), collapse = ","), one$r$loglik[2],
  paste(sprintf("%.15g", sqrt(diag(vcov(two$r)))), collapse = ",")))
"""


def registry(n: int, p: int, n_strata: int, seed: int = 1) -> dict[str, np.ndarray]:
    """Whole days over ten years, half-year rows, four rows a person; one row in ten an event."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, p))
    X[:, : p // 2] = np.round(X[:, : p // 2])
    start = rng.integers(0, 3650, n).astype(float)
    hazard = np.exp(X @ np.linspace(-0.3, 0.3, p))
    time = np.ceil(rng.exponential(1800 / hazard))
    stop = start + np.minimum(time, rng.integers(30, 365, n))
    return {
        "X": X,
        "start": start,
        "stop": stop,
        "event": (stop - start == time).astype(np.int64),
        "strata": rng.integers(0, n_strata, n),
        "cluster": np.arange(n) // 4,
    }


def best(work, runs: int = RUNS) -> tuple[tuple[float, float], object]:
    """Least (elapsed, processor) seconds of several runs: others share the machine."""
    least, result = (np.inf, np.inf), None
    for _ in range(runs):
        began, busy = time.perf_counter(), time.process_time()
        result = work()
        took = (time.perf_counter() - began, time.process_time() - busy)
        least = (min(least[0], took[0]), min(least[1], took[1]))
    return least, result


def floor(X: np.ndarray, iterations: int) -> float:
    """Read the matrix twice, one exp a row and one rank-k product, an iteration; one thread."""
    rows = padded(X)
    n, width = rows.shape
    beta, base, r = np.full(width, 0.1), np.stack([np.zeros(n), np.ones(n)]), np.empty(n)
    source_population, run = np.zeros((2, n), np.int64), np.array([[0, 0, n, 0, 1]])

    def once() -> None:
        table = np.zeros((2, 1, width))
        row_kernels.sums_by_level(
            rows, base, beta, source_population, run, 0, table[0], r, table[1]
        )
        product_kernels.cross_product(rows, r, r, 0, n, np.zeros((width, width)))

    return best(once)[0][0] * iterations


def r_results(data: dict[str, np.ndarray]) -> dict | None:
    rscript = shutil.which("Rscript")
    if rscript is None:
        return None
    with tempfile.TemporaryDirectory() as folder:
        table, script = Path(folder) / "data.bin", Path(folder) / "cox.R"
        order = ("X", "start", "stop", "event", "strata", "cluster")
        np.column_stack([data[c] for c in order]).astype(float).T.tofile(table)
        script.write_text(R_SCRIPT)
        n, p = data["X"].shape
        command = [rscript, str(script), str(table), str(n), str(p)]
        out = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return json.loads(out)


def main(n: int, p: int, n_strata: int) -> None:
    data = registry(n, p, n_strata)
    base = {k: data[k] for k in ("X", "start", "stop", "event")}
    if n_strata > 1:
        base["strata"] = data["strata"]
    (plain, busy), fit = best(lambda: cox(**base))
    (robust, _), clustered = best(lambda: cox(**base, cluster=data["cluster"]))
    lowest = floor(data["X"], fit.iterations + 1)
    print(f"{n:,} rows x {p}, {n_strata} strata, {fit.n_events:,} events, {fit.iterations} steps")
    print(f"ours {plain:.3f} s ({busy:.3f} s of processor), with clusters {robust:.3f} s,", end=" ")
    print(f"floor (one thread) {lowest:.3f} s; load {os.getloadavg()[0]:.1f}")
    theirs = r_results(data)
    if theirs is None:
        print("R is absent: no ratio")
        return
    print(f"R coxph {theirs['coxph']:.2f} s: {theirs['coxph'] / plain:.0f} x")
    print(f"R agreg.fit, its C core, {theirs['core']:.2f} s: {theirs['core'] / plain:.1f} x")
    print(f"R with clusters {theirs['robust']:.2f} s: {theirs['robust'] / robust:.0f} x")
    apart = np.abs(fit.coefficients - theirs["coefficients"]) / fit.std_error
    print(f"coefficients apart by {apart.max():.1e} standard errors,", end=" ")
    print(f"log-likelihood by {abs(fit.log_likelihood[1] / theirs['loglik'] - 1):.1e},", end=" ")
    print(f"robust errors by {np.abs(clustered.robust_std_error / theirs['se'] - 1).max():.1e}")


if __name__ == "__main__":
    sizes = [int(a) for a in sys.argv[1:]]
    main(*(sizes + [1_000_000, 10, 1][len(sizes) :]))
