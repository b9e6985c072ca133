"""Aalen-Johansen of three causes with late entry and standard errors, beside R's survfit.

``python -m benchmarks.curves [rows] [rows for R]``. One run, times and ratios; never a timed test.
R's time at fewer rows is scaled up in proportion, which flatters it: it grows faster.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from analysis.survival.aalen_johansen import aalen_johansen

RUNS = 5
R_SCRIPT = """
suppressPackageStartupMessages(library(survival))
a <- commandArgs(TRUE); n <- as.numeric(a[2])
m <- matrix(readBin(a[1], "double", n * 3), n)
start <- m[, 1]; stop <- m[, 2]; cause <- factor(m[, 3], 0:3); id <- seq_len(n)
took <- system.time(fit <- survfit(Surv(start, stop, cause) ~ 1, id = id))
last <- length(fit$time)
cat(sprintf("%.17g", c(took[["user.self"]] + took[["sys.self"]], took[["elapsed"]],
                       fit$pstate[last, -1], fit$std.err[last, -1])), sep = " ")
"""


def registry(n: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Whole days over ten years; entry, leaving, cause 0 (censored) to 3."""
    rng = np.random.default_rng(101)
    start = rng.integers(0, 2000, n).astype(float)
    return start, start + rng.integers(1, 1500, n), rng.integers(0, 4, n)


def best(work) -> float:
    """Least of several times: others share the machine."""
    took = []
    for _ in range(RUNS):
        began = time.perf_counter()
        work()
        took.append(time.perf_counter() - began)
    return min(took)


def r_times(start: np.ndarray, stop: np.ndarray, cause: np.ndarray) -> np.ndarray | None:
    """Processor and elapsed seconds, then R's last incidences and standard errors."""
    rscript = shutil.which("Rscript")
    if rscript is None:
        return None
    with tempfile.TemporaryDirectory() as folder:
        table, script = Path(folder) / "data.bin", Path(folder) / "curves.R"
        np.stack([start, stop, cause.astype(float)]).tofile(table)
        script.write_text(R_SCRIPT)
        command = [rscript, str(script), str(table), str(len(start))]
        out = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return np.array(out.split(), dtype=float)


def main(n: int, n_r: int) -> None:
    start, stop, cause = registry(n)
    for rows in sorted({10_000, 100_000, n}):
        part = (stop[:rows], cause[:rows])
        seconds = {
            v: best(lambda p=part, v=v, r=rows: aalen_johansen(*p, start=start[:r], variance=v))
            for v in ("greenwood", "jackknife")
        }
        print(f"{rows:>9,} rows: " + ", ".join(f"{v} {s:.4f} s" for v, s in seconds.items()))
    n_r = min(n_r, n)
    theirs = r_times(start[:n_r], stop[:n_r], cause[:n_r])
    if theirs is None:
        print("R is absent: no ratio")
        return
    ours = aalen_johansen(stop[:n_r], cause[:n_r], start=start[:n_r], variance="jackknife")
    scaled = theirs[0] * n / n_r
    print(f"R survfit (jackknife), {n_r:,} rows: {theirs[0]:.1f} s of processor", end="; ")
    print(f"at {n:,} rows at least {scaled:.0f} s")
    for v, s in seconds.items():
        print(f"ratio, {v}: {scaled / s:.0f} x")
    apart = np.concatenate([ours.estimate[-1], ours.std_error[-1]]) / theirs[2:] - 1
    print(f"last incidences and standard errors apart by {np.abs(apart).max():.1e}")


if __name__ == "__main__":
    sizes = [int(a) for a in sys.argv[1:]]
    main(*(sizes + [1_000_000, 100_000][len(sizes) :]))
