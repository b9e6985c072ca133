"""How common and how soon, over registries of growing size: seconds of each answer and peak memory.

``python -m benchmarks.how_common_how_soon [people ...]`` (default 10000 and 100000; the full work
is 1000000). 20,000 people are simulated and taken through ingest and cohort once; registries of
any size are people of these, drawn again with all that the cohort stage wrote of them, a centre to
about 500 people. Each size is answered in a process of its own, so that its peak is its own. The
tables of risk intervals, which neither question reads, are left out.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from analysis import cohort, ingest, simulate, store
from analysis.estimates.cohort_tables import Cohort, read_cohort
from analysis.estimates.entry_dependence import entry_dependence
from analysis.estimates.incidence import incidence
from analysis.estimates.interval_censored_onset import interval_censored_onset
from analysis.estimates.mean_onset import mean_onset
from analysis.estimates.onset_hazard import onset_hazard
from analysis.estimates.onset_timing import onset_timing
from analysis.estimates.prevalence import prevalence
from analysis.estimates.sensitivity_grid import sensitivity_grid
from analysis.study import PROTOCOLS, read_study
from data_schema.results import Estimate

SIZES, BASE, SEED, A_CENTRE = (10_000, 100_000), 20_000, 1, 500
HOW_COMMON: tuple[Callable[[Cohort], list[Estimate]], ...] = (prevalence,)
HOW_SOON = (
    incidence,
    onset_timing,
    interval_censored_onset,
    mean_onset,
    onset_hazard,
    entry_dependence,
    sensitivity_grid,
)
TABLES = ("people", "intervals", "spells", "operated", "variants")
PROTOCOL = PROTOCOLS / "simulated.toml"


def base(folder: Path) -> Path:
    """The cohort stage of a simulated registry."""
    study = read_study(PROTOCOL)
    simulate.run(study, BASE, SEED, folder / "extract", folder / "truth")
    ingest.run(study, folder / "extract", folder / "ingest")
    cohort.run(study, folder / "ingest", folder / "cohort", threads=1)
    return folder / "cohort"


def grown(small: Path, folder: Path, people: int) -> Path:
    """A cohort stage of ``people`` drawn with replacement from one; each is a person of their own.

    In buckets of as many people as the small one has.
    """
    facts = store.read_json(small / "facts.json")
    tables = {
        name: pd.concat([store.read_frame(part) for part in sorted((small / name).iterdir())])
        for name in TABLES
    }
    buckets = -(-people // BASE)
    for number in range(buckets):
        for name, frame in bucket(tables, number, people // buckets, people).items():
            store.write_frame(folder / name / f"{number:04d}.parquet", frame)
    store.write_json(folder / "facts.json", facts | {"buckets": buckets})
    return folder


def bucket(
    tables: dict[str, pd.DataFrame], number: int, size: int, people: int
) -> dict[str, pd.DataFrame]:
    """One bucket of the tables of a larger registry."""
    rng = np.random.default_rng([SEED, people, number])
    chosen = np.sort(rng.integers(0, len(tables["people"]), size))
    everyone = tables["people"].iloc[chosen].reset_index(drop=True)
    new = np.arange(size) + number * size
    keys = pd.DataFrame({"person": everyone["person"], "new": new})
    centre = pd.Series(rng.integers(0, max(people // A_CENTRE, 1), size)).astype(str)
    everyone = everyone.assign(person=new, centre_id="C" + centre.str.zfill(5))
    rows = {name: _again(tables[name], keys) for name in ("spells", "operated", "variants")}
    return rows | {"people": everyone, "intervals": tables["intervals"].iloc[:0]}


def _again(frame: pd.DataFrame, keys: pd.DataFrame) -> pd.DataFrame:
    """The rows of everybody drawn, in the order of the table and of the people."""
    order = ["variant", "new"] if "variant" in frame else ["new"]
    rows = keys.merge(frame, on="person").sort_values(order, kind="stable", ignore_index=True)
    return rows.drop(columns="person").rename(columns={"new": "person"})[list(frame.columns)]


def answer(folder: Path, people: int) -> dict:
    """Seconds and processor seconds of each question; gigabytes before and at the peak."""
    began, busy = time.perf_counter(), time.process_time()
    tables = read_cohort(read_study(PROTOCOL), folder)
    said: dict = {"people": people, "tables_gb": _gigabytes(), "peaks_gb": {}}
    said["seconds"] = {"reading": time.perf_counter() - began}
    said["processor"] = {"reading": time.process_time() - busy}
    said["followed"] = len(tables.people)
    said["onsets"] = int((tables.people["state"] == 1).sum())
    for question in (*HOW_COMMON, *HOW_SOON):
        began, busy = time.perf_counter(), time.process_time()
        said["rows"] = said.get("rows", 0) + len(question(tables))
        said["seconds"][question.__name__] = time.perf_counter() - began
        said["processor"][question.__name__] = time.process_time() - busy
        said["peaks_gb"][question.__name__] = _gigabytes()
    return said | {"peak_gb": _gigabytes()}


def _gigabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


def show(said: dict) -> None:
    wall, busy = sum(said["seconds"].values()), sum(said["processor"].values())
    print(
        f"{said['people']:,} people, {said['followed']:,} followed, {said['onsets']:,} onsets: "
        f"{wall:.1f} s ({busy:.1f} s of processor) for {said['rows']:,} estimates, "
        f"peak {said['peak_gb']:.2f} GB ({said['tables_gb']:.2f} GB after reading), "
        f"{busy / said['people'] * 1e6:.1f} microseconds of processor a person"
    )
    for name, seconds in said["seconds"].items():
        peak = said["peaks_gb"].get(name, said["tables_gb"])
        print(f"  {name}: {seconds:.2f} s ({said['processor'][name]:.2f} s), {peak:.2f} GB so far")


def main(sizes: tuple[int, ...]) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = base(Path(name))
        for people in sizes:
            command = [sys.executable, "-m", "benchmarks.how_common_how_soon"]
            large = grown(folder, Path(name) / str(people), people)
            command += ["--one", str(large), str(people)]
            out = subprocess.run(command, capture_output=True, text=True, check=True).stdout
            show(json.loads(out))
    print(f"load {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        print(json.dumps(answer(Path(sys.argv[2]), int(sys.argv[3]))))
    else:
        main(tuple(int(word) for word in sys.argv[1:]) or SIZES)
