"""Fine and Gray's model, half the events competing, beside R's finegray + coxph.

``python -m benchmarks.fine_gray [rows] [rows for R]``. One run, times and ratios; never a timed
test. R expands a competing event into a row for every time of censoring or entry after it, more
than in proportion to the rows; its time at fewer rows is scaled up in proportion only.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from analysis.survival.competing_risks.fine_gray import fine_gray
from benchmarks.cox import best

COLUMNS = 10
R_SCRIPT = """
suppressPackageStartupMessages(library(survival))
a <- commandArgs(TRUE); n <- as.numeric(a[2])
m <- matrix(readBin(a[1], "double", n * 13), n)
d <- data.frame(m[, 1:10]); d$start <- m[, 11]; d$stop <- m[, 12]; d$id <- seq_len(n)
d$state <- factor(m[, 13], 0:2)
took <- system.time({
  long <- finegray(Surv(start, stop, state) ~ ., data = d, id = id, etype = "1")
  fit <- coxph(Surv(fgstart, fgstop, fgstatus) ~ X1 + X2 + X3 + X4 + X5 + X6 + X7 + X8 + X9 + X10,
               data = long, weights = fgwt, cluster = id, ties = "breslow")
})
cat(sprintf("%.17g", c(took[["user.self"]] + took[["sys.self"]], nrow(long), coef(fit),
                       sqrt(diag(vcov(fit))))), sep = " ")
"""


def registry(n: int, late: bool) -> dict[str, np.ndarray]:
    """Whole days over ten years, half the events competing, a third censored."""
    rng = np.random.default_rng(102)
    X = rng.normal(size=(n, COLUMNS))
    start = np.floor(rng.uniform(0, 1000, n)) * late
    start[:50] = 0
    stop = start + np.ceil(rng.exponential(700 * np.exp(-X @ np.linspace(-0.3, 0.3, COLUMNS))))
    cause = rng.choice([0, 1, 2], n, p=[1 / 3, 1 / 3, 1 / 3])
    cause[stop > 3650] = 0
    return {"X": X, "start": start, "stop": np.minimum(stop, 3650.0), "cause": cause}


def r_answer(data: dict[str, np.ndarray]) -> np.ndarray | None:
    """Processor seconds, expanded rows, coefficients, robust standard errors."""
    rscript = shutil.which("Rscript")
    if rscript is None:
        return None
    with tempfile.TemporaryDirectory() as folder:
        table, script = Path(folder) / "data.bin", Path(folder) / "fine_gray.R"
        columns = [data["X"], data["start"], data["stop"], data["cause"].astype(float)]
        np.column_stack(columns).T.tofile(table)
        script.write_text(R_SCRIPT)
        command = [rscript, str(script), str(table), str(len(data["stop"]))]
        out = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return np.array(out.split(), dtype=float)


def main(n: int, n_r: int) -> None:
    for late in (False, True):
        data = registry(n, late)
        whole = best(lambda d=data: fine_gray(**d))[0][1]
        print(f"{n:,} rows x {COLUMNS}, late entry {late}: {whole:.3f} s of processor, sandwiches")
        few = {k: v[:n_r] for k, v in data.items()}
        small = best(lambda d=few: fine_gray(**d))[0][1]
        theirs = r_answer(few)
        if theirs is None:
            print("R is absent: no ratio")
            continue
        print(f"  at {n_r:,} rows ours {small:.4f} s, R {theirs[0]:.1f} s of processor", end=" ")
        print(f"({theirs[1]:,.0f} expanded rows): {theirs[0] / small:.0f} x", end="; ")
        print(f"at {n:,} at least {theirs[0] * n / n_r / whole:.0f} x")
        fit = fine_gray(**few)
        apart = np.abs(fit.coefficients - theirs[2 : 2 + COLUMNS]).max()
        errors = np.abs(fit.robust_std_error / theirs[2 + COLUMNS :] - 1).max()
        print(f"  coefficients apart by {apart:.1e}, robust standard errors by {errors:.1e}")


if __name__ == "__main__":
    sizes = [int(a) for a in sys.argv[1:]]
    main(*(sizes + [100_000, 4_000][len(sizes) :]))
