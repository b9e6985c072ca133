"""Peers run by themselves, in their own environment, over a folder of CSV and JSON."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from benchmarks.agreement.data_sets import Job

PEERS_HOME = Path(".venv-peers")
PEERS_PYTHON = PEERS_HOME / "bin/python"
PEERS = {
    "R": "R",
    "pypi_survival": "survival (PyPI)",
    "surpyval": "surpyval",
    "comprisk": "comprisk",
    "statsmodels": "statsmodels",
    "lifelines": "lifelines",
    "sksurv": "scikit-survival",
    "firthmodels": "firthmodels",
}
LONGEST = 240  # seconds a peer


@dataclass(frozen=True)
class Peer:
    """What a peer said: job -> quantity -> numbers, or why there is nothing (``absent``)."""

    name: str
    version: str
    answers: dict[str, dict]
    absent: str = ""


def write_jobs(folder: Path, jobs: list[tuple[Job, pd.DataFrame]]) -> None:
    for job, table in jobs:
        table.to_csv(folder / f"{job.name}.csv", index=False)
    records = [job.as_record() for job, _ in jobs]
    (folder / "jobs.json").write_text(json.dumps(records))


def ask(name: str, folder: Path) -> Peer:
    command = _command(name, folder)
    if isinstance(command, str):
        return Peer(name, "", {}, command)
    written = folder / ("r.json" if name == "R" else f"{name}.json")
    try:
        run(command, LONGEST)
        said = json.loads(written.read_text())
    except subprocess.CalledProcessError as failed:
        last = (failed.stderr.strip().splitlines() or ["no message"])[-1]
        return Peer(name, "", {}, f"does not run: {last[:150]}")
    except subprocess.TimeoutExpired:
        return Peer(name, "", {}, f"did not end in {LONGEST} s")
    without = ", ".join(said.get("absent", []))
    version = said["version"] + (f" (without {without})" if without else "")
    return Peer(name, version, said["answers"])


def run(command: list[str], longest: float) -> str:
    """Standard output of a peer, with kernels cached in the peers' own environment."""
    own = {**os.environ, "NUMBA_CACHE_DIR": str((PEERS_HOME / "numba").resolve())}
    done = subprocess.run(
        command, capture_output=True, text=True, check=True, timeout=longest, env=own
    )
    return done.stdout


def _command(name: str, folder: Path) -> list[str] | str:
    """What to run, or why it cannot be."""
    if name == "R":
        rscript = shutil.which("Rscript")
        script = Path(__file__).with_name("r.R")
        return [rscript, str(script), str(folder)] if rscript else "R is not installed"
    if not PEERS_PYTHON.exists():
        return "the peers' environment (.venv-peers) is not there"
    return [str(PEERS_PYTHON), "-m", "benchmarks.agreement.peers", name, str(folder)]
