"""Aalen-Johansen of three causes, late entry, standard errors, beside R's survfit and PyPI's.

``python -m benchmarks.curves [--rows 1000000] [--limit 60] [--to 100000]``: every peer at 10,000
rows, 30,000 ... as far as it ends within ``--limit`` seconds and no further than ``--to``; ours at
the same rows and at ``--rows``. Never a timed test. Where a peer has not come to ``--rows`` its
time there is its last one *scaled* in proportion, and said to be so: that flatters it where its
growth, printed beside, is by more than the rows.
"""

from __future__ import annotations

import argparse

import numpy as np

from analysis.survival.curves.aalen_johansen import aalen_johansen
from benchmarks.cox import best
from benchmarks.timing.process import Data, R, Timed, timed

PEERS = (("R survfit", R), ("survival (PyPI)", "survival"))
LADDER = (10_000, 30_000, 100_000, 300_000, 1_000_000)
VARIANCES = ("greenwood", "jackknife")


def registry(n: int) -> Data:
    """Whole days over ten years; entry, leaving, cause 0 (censored) to 3."""
    rng = np.random.default_rng(101)
    start = rng.integers(0, 2000, n).astype(float)
    stop = start + rng.integers(1, 1500, n)
    return {"start": start, "stop": stop, "event": rng.integers(0, 4, n)}


def ours(data: Data, variance: str = "jackknife") -> np.ndarray:
    """Last incidences, then their standard errors (the peers' are the jackknife's)."""
    curve = aalen_johansen(data["stop"], data["event"], start=data["start"], variance=variance)
    return np.concatenate([curve.estimate[-1], curve.std_error[-1]])


def processor(data: Data) -> dict[str, float]:
    """Least processor seconds of ours by variance."""
    return {v: best(lambda v=v: ours(data, v))[0][1] for v in VARIANCES}


def ladder(name: str, program: str, rows: int, limit: float) -> list[tuple[int, float]]:
    """Rows and processor seconds of a peer as far as it ends, each beside ours."""
    reached: list[tuple[int, float]] = []
    for n in [step for step in LADDER if step <= rows]:
        data = registry(n)
        theirs, mine = timed(program, "aalen_johansen", data, limit, runs=1), processor(data)
        shown = " | ".join(f"{mine[v]:.4f}" for v in VARIANCES)
        if not isinstance(theirs, Timed):
            print(f"| {name} | {n:,} | {theirs} | {shown} | | | |", flush=True)
            break
        apart = np.abs(ours(data) / theirs.answer - 1).max()
        ratios = " | ".join(f"{theirs.processor / mine[v]:.0f}" for v in VARIANCES)
        print(
            f"| {name} | {n:,} | {theirs.processor:.2f} | {shown} | {ratios} | {apart:.0e} |",
            flush=True,
        )
        reached.append((n, theirs.processor))
    return reached


def at_full(name: str, reached: list[tuple[int, float]], rows: int, mine: dict) -> str:
    """A sentence on the full rows: measured there, or scaled from the last rows reached."""
    if not reached:
        return f"- {name}: no time, no ratio"
    (first, began), (last, took) = reached[0], reached[-1]
    ratios = ", ".join(f"{v} {took * rows / last / mine[v]:.0f} x" for v in VARIANCES)
    if last == rows:
        return f"- {name}, measured at {rows:,} rows: {ratios}"
    grows = ""
    if last > first:
        power = np.log(took / began) / np.log(last / first)
        grows = f" (measured growth: rows to the power {power:.2f})"
    return (
        f"- {name}, SCALED in proportion from {last:,} to {rows:,} rows{grows}: "
        f"{took * rows / last:.0f} s; {ratios}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.curves")
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--to", type=int, default=100_000, help="the most rows a peer is given")
    parser.add_argument("--limit", type=float, default=60, help="seconds a peer and size")
    given = parser.parse_args()
    print("Processor seconds; ours with either variance, the peers have the jackknife's\n")
    heads = "| peer | rows | theirs | ours, greenwood | ours, jackknife"
    print(f"{heads} | ratio, greenwood | ratio, jackknife | most apart |")
    print("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
    mine = processor(registry(given.rows))
    found = [(name, ladder(name, p, min(given.to, given.rows), given.limit)) for name, p in PEERS]
    shown = ", ".join(f"{v} {mine[v]:.3f} s" for v in VARIANCES)
    print(f"\nOurs at {given.rows:,} rows: {shown}\n")
    for name, reached in found:
        print(at_full(name, reached, given.rows, mine))


if __name__ == "__main__":
    main()
