"""Ours beside R and the Python peers, as ratios of times in one run.

``python -m benchmarks.peers [--scale 0.02 | --full] [--only cox ...] [--limit seconds]``. A scale
of 1 (``--full``) is a million rows for Cox and Aalen-Johansen, a hundred thousand for Fine-Gray.
Small sizes flatter the peers: what they pay a row grows, what we pay a call does not. Never a
timed test. A peer that is absent, fails, or does not end within the limit is named so. *Of
processor* is the ratio of processor times, all threads together: what counts where others share
the machine.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from analysis.survival.competing_risks.fine_gray import fine_gray
from analysis.survival.cox_regression.model import cox
from benchmarks import cox as cox_data
from benchmarks import curves as curve_data
from benchmarks import fine_gray as fine_gray_data
from benchmarks.timing.process import Data, R, Timed, timed

R_ROWS = 4_000  # finegray expands rows: beyond this its memory, not its time, is the limit


@dataclass(frozen=True)
class Work:
    """``peers``: (name shown, program, its work, the most rows it is given).

    Not ``comparable``: the peer cannot take all of the data, so only the times stand side by side.
    """

    title: str
    rows: int
    make: Callable[[int], Data]
    ours: Callable[[Data], np.ndarray | None]
    peers: tuple[tuple[str, str, str, int], ...]
    strata: bool = False
    comparable: bool = True


def _cox(n: int) -> Data:
    return cox_data.registry(n, 10, 1)


def _cox_strata(n: int) -> Data:
    return cox_data.registry(n, 30, 200)


def _fine_gray(n: int) -> Data:
    data = fine_gray_data.registry(n, late=False)
    return {"X": data["X"], "stop": data["stop"], "event": data["cause"]}


def _rare(n: int) -> Data:
    """A hundred events without ties, whatever the rows: its peer has Breslow's ties only."""
    rng = np.random.default_rng(103)
    X = rng.normal(size=(n, 10))
    stop = rng.exponential(np.exp(-X @ np.linspace(-0.3, 0.3, 10)))
    ends = np.sort(stop)[100]
    return {"X": X, "stop": np.minimum(stop, ends), "event": (stop < ends).astype(np.int64)}


def _our_cox(d: Data) -> np.ndarray | None:
    return cox(d["X"], d["stop"], d["event"], start=d["start"]).coefficients


def _our_cox_strata(d: Data) -> np.ndarray | None:
    fit = cox(d["X"], d["stop"], d["event"], start=d["start"], strata=d["strata"])
    return fit.coefficients


def _our_cox_robust(d: Data) -> np.ndarray | None:
    fit = cox(d["X"], d["stop"], d["event"], start=d["start"], cluster=d["cluster"])
    return fit.coefficients


def _our_fine_gray(d: Data) -> np.ndarray | None:
    return fine_gray(d["X"], d["stop"], d["event"]).coefficients


def _fine_gray_late(n: int) -> Data:
    data = fine_gray_data.registry(n, late=True)
    return {"X": data["X"], "start": data["start"], "stop": data["stop"], "event": data["cause"]}


def _our_fine_gray_late(d: Data) -> np.ndarray | None:
    return fine_gray(d["X"], d["stop"], d["event"], start=d["start"]).coefficients


def _moments(n: int) -> Data:
    """Times that hardly ever coincide."""
    data, rng = cox_data.registry(n, 10, 1), np.random.default_rng(104)
    return data | {"stop": data["stop"] - rng.uniform(0, 1, n) * 0.99}


def _rare_days(n: int) -> Data:
    """The same people in whole days, so with ties, and entering late."""
    data, rng = _rare(n), np.random.default_rng(105)
    stop = np.ceil(data["stop"] * 5_000)
    return data | {"stop": stop, "start": np.floor(rng.uniform(0, 0.8, n) * (stop - 1))}


def _our_firth(d: Data) -> np.ndarray | None:
    fit = cox(d["X"], d["stop"], d["event"], start=d.get("start"), penalty="firth")
    return fit.coefficients


MANY = 10**9
PYPI, SURPYVAL = "survival", "surpyval"
STARTSTOP = (
    ("R coxph", R, "cox", MANY),
    ("survival (PyPI)", PYPI, "cox", MANY),
    ("surpyval", SURPYVAL, "cox", MANY),
)
WORKS = {
    "cox": Work("start-stop Cox, late entry, Efron, 10 columns", 10**6, _cox, _our_cox, STARTSTOP),
    "strata": Work(
        "same, 30 columns, 200 strata", 10**5, _cox_strata, _our_cox_strata, STARTSTOP, strata=True
    ),
    "robust": Work(
        "same, 10 columns, sandwich by cluster",
        10**6,
        _cox,
        _our_cox_robust,
        (("R coxph", R, "cox_robust", MANY), ("survival (PyPI)", PYPI, "cox_robust", MANY)),
    ),
    "fine_gray": Work(
        "Fine-Gray, 10 columns, half competing",
        10**5,
        _fine_gray,
        _our_fine_gray,
        (
            ("R finegray + coxph", R, "fine_gray", R_ROWS),
            ("R crr", R, "crr", R_ROWS),
            ("comprisk", "comprisk", "fine_gray", MANY),
            ("surpyval", SURPYVAL, "fine_gray", MANY),
            ("survival (PyPI)", PYPI, "fine_gray", R_ROWS),
        ),
    ),
    "fine_gray_late": Work(
        "same, late entry",
        10**5,
        _fine_gray_late,
        _our_fine_gray_late,
        (("R finegray + coxph", R, "fine_gray_late", R_ROWS),),
    ),
    "aalen_johansen": Work(
        "Aalen-Johansen, 3 causes, late entry, errors",
        10**6,
        curve_data.registry,
        curve_data.ours,
        (
            ("R survfit", R, "aalen_johansen", MANY),
            ("survival (PyPI)", PYPI, "aalen_johansen", MANY),
        ),
    ),
    "firth": Work(
        "Firth Cox, 10 columns, 100 events",
        10**4,
        _rare,
        _our_firth,
        (("firthmodels", "firthmodels", "firth", MANY),),
    ),
    "firth_late": Work(
        "same, late entry and Efron's ties (the peer's time is without either)",
        10**4,
        _rare_days,
        _our_firth,
        (("firthmodels", "firthmodels", "firth", MANY),),
        comparable=False,
    ),
}


LINEAR = (
    ("start-stop Cox, whole days", _cox, _our_cox),
    ("start-stop Cox, any moment", _moments, _our_cox),
    ("Fine-Gray, late entry", _fine_gray_late, _our_fine_gray_late),
    ("Aalen-Johansen, late entry", curve_data.registry, curve_data.ours),
)


def compare(work: Work, n: int, limit: float) -> None:
    """A table of one work; every peer beside ours of the same minutes, on the rows it is given."""
    print(f"\n{work.title}\n")
    print("| rows | peer | ours, s | theirs, s | ratio | of processor | most apart |")
    print("| ---: | --- | ---: | ---: | ---: | ---: | ---: |")
    for name, program, what, most in work.peers:
        rows = min(n, most)
        data = work.make(rows)
        theirs = timed(program, what, data, limit, strata=work.strata)
        (wall, busy), answer = cox_data.best(lambda d=data: work.ours(d))
        head = f"| {rows:,} | {name} | {wall:.4f} |"
        if not isinstance(theirs, Timed):
            print(f"{head} {theirs} | | | |", flush=True)
            continue
        apart = "" if answer is not None else "ours: not estimable"
        if answer is not None and work.comparable:
            apart = f"{np.abs(answer - theirs.answer).max():.0e}"
        ratios = f"{theirs.seconds / wall:.1f} | {theirs.processor / busy:.1f}"
        print(f"{head} {theirs.seconds:.4f} | {ratios} | {apart} |", flush=True)


def linear(rows: tuple[int, ...]) -> None:
    """Microseconds a row of what costs should grow with rows only, days whole or not."""
    print("| work | " + " | ".join(f"{n:,}" for n in rows) + " |")
    print("| --- |" + " ---: |" * len(rows))
    for title, make, ours in LINEAR:
        cells = []
        for n in rows:
            data = make(n)
            cells.append(f"{cox_data.best(lambda d=data, f=ours: f(d), 3)[0][1] / n * 1e6:.3f}")
        print(f"| {title} | {' | '.join(cells)} |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.peers")
    parser.add_argument("--scale", type=float, default=0.02, help="share of the full rows")
    parser.add_argument("--full", action="store_true", help="the full rows")
    parser.add_argument("--only", nargs="+", choices=list(WORKS), default=list(WORKS))
    parser.add_argument("--limit", type=float, help="seconds a peer; default 60, full 3600")
    given = parser.parse_args()
    limit = given.limit or (3600 if given.full else 60)
    print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors")
    for name in given.only:
        work = WORKS[name]
        least = 5_000 if work.strata else 2_000
        scaled = work.rows if given.full else max(least, int(work.rows * given.scale))
        rows = work.rows if name.startswith("firth") else scaled
        compare(work, rows, limit)
    print("\nMicroseconds of processor a row\n")
    linear((10**4, 10**5, 10**6, 10**7) if given.full else (10**4, 10**5))


if __name__ == "__main__":
    main()
