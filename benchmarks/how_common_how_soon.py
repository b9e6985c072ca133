"""How common and how soon, over registries of growing size: seconds of each answer and peak memory.

``python -m benchmarks.how_common_how_soon [people ...]`` (default 10000 and 100000; the full work
is 1000000). 20,000 people are simulated and taken through ingest and cohort once; registries of
any size are people of these, drawn again with all that the cohort stage wrote of them, risk
intervals too, a centre to about 500 people. The stage of estimates is run as a user runs it, with
its hashes and its tables on disk, for the two questions; each size in a process of its own, so that
its peak is its own.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd

from analysis import cohort, estimates, ingest, simulate, store
from analysis.estimates.discovery import shipped
from analysis.study import PROTOCOLS, read_study

SIZES, BASE, SEED, A_CENTRE = (10_000, 100_000), 20_000, 1, 500
ASKED = ("how_common", "how_soon")
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
    names = sorted({str(part.parent.relative_to(small)) for part in small.rglob("[0-9]*.parquet")})
    tables = {
        name: pd.concat([store.read_frame(part) for part in sorted((small / name).iterdir())])
        for name in names
    }
    buckets = -(-people // BASE)
    for number in range(buckets):
        for name, frame in bucket(tables, number, people // buckets, people).items():
            store.write_frame(folder / name / f"{number:04d}.parquet", frame)
    store.write_json(folder / "facts.json", facts | {"buckets": buckets})
    store.write_frame(folder / "estimates.parquet", store.estimates_frame([]))
    store.write_manifest(folder)
    return folder


def bucket(
    tables: dict[str, pd.DataFrame], number: int, size: int, people: int
) -> dict[str, pd.DataFrame]:
    """One bucket of the tables of a larger registry."""
    rng = np.random.default_rng([SEED, people, number])
    chosen = np.sort(rng.integers(0, len(tables["people"]), size))
    source_population = tables["people"].iloc[chosen].reset_index(drop=True)
    new = np.arange(size) + number * size
    keys = pd.DataFrame({"person": source_population["person"], "new": new})
    centre = pd.Series(rng.integers(0, max(people // A_CENTRE, 1), size)).astype(str)
    source_population = source_population.assign(person=new, centre_id="C" + centre.str.zfill(5))
    again = {name: _again(frame, keys) for name, frame in tables.items() if name != "people"}
    return again | {"people": source_population}


def _again(frame: pd.DataFrame, keys: pd.DataFrame) -> pd.DataFrame:
    """The rows of everybody drawn, in the order of the people."""
    rows = keys.merge(frame, on="person").sort_values("new", kind="stable", ignore_index=True)
    return rows.drop(columns="person").rename(columns={"new": "person"})[list(frame.columns)]


def answer(folder: Path, people: int) -> dict:
    """Seconds, processor seconds and gigabytes at the peak when each answer is there."""
    steps: list[tuple[str, float, float, float]] = [("", *_spent())]
    provenance = {"extract": {}, "n": people, "seed": SEED}

    def say(line: str) -> None:
        steps.append((line, *_spent()))

    models = [one for one in shipped() if one.question in ASKED]
    with tempfile.TemporaryDirectory() as out:
        estimates.run(read_study(PROTOCOL), folder, Path(out), None, provenance, say, models)
    return {"people": people, "steps": steps}


def _spent() -> tuple[float, float, float]:
    return time.perf_counter(), time.process_time(), _gigabytes()


def _gigabytes() -> float:
    """High water of this image; ``ru_maxrss`` would hold that of the process that started it."""
    return int(Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0]) * 1024 / 1e9


def show(said: dict) -> None:
    steps, people = said["steps"], said["people"]
    (_, began, idle, _), (_, ended, spent, peak) = steps[0], steps[-1]
    print(
        f"{people:,} people: {ended - began:.1f} s ({spent - idle:.1f} s of processor), peak "
        f"{peak:.2f} GB, {(spent - idle) / people * 1e6:.1f} microseconds of processor a person"
    )
    for (_, before, idle, _), (line, after, spent, peak) in pairwise(steps):
        print(f"  {line}: {after - before:.2f} s ({spent - idle:.2f} s), {peak:.2f} GB so far")


def main(sizes: tuple[int, ...]) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = base(Path(name))
        for people in sizes:
            command = [sys.executable, "-m", "benchmarks.how_common_how_soon"]
            large = grown(folder, Path(name) / str(people), people)
            command += ["--one", str(large), str(people)]
            out = subprocess.check_output(command, text=True)
            show(json.loads(out))
    print(f"load {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        print(json.dumps(answer(Path(sys.argv[2]), int(sys.argv[3]))))
    else:
        main(tuple(int(word) for word in sys.argv[1:]) or SIZES)
