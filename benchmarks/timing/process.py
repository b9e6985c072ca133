"""A peer's times and answer for one work, from a process of its own that ends within a limit."""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.agreement.exchange import PEERS_PYTHON, run

Data = dict[str, np.ndarray]
R = "R"
R_SCRIPT = Path(__file__).with_name("r.R")
RUNS = 3


@dataclass(frozen=True)
class Timed:
    """Least seconds by the clock and by the processor, and the numbers the peer gave."""

    seconds: float
    processor: float
    answer: np.ndarray


def timed(
    program: str, work: str, data: Data, limit: float, *, strata: bool = False, runs: int = RUNS
) -> Timed | str:
    """What ``program`` needs for ``work``, or why that is not known."""
    with tempfile.TemporaryDirectory() as folder:
        command = _command(program, folder)
        if command is None:
            return "absent"
        _write(Path(folder), data, strata)
        try:
            run([*command, work, str(runs)], limit)
        except subprocess.TimeoutExpired:
            return f"not in {limit:.0f} s"
        except subprocess.CalledProcessError as failed:
            last = (failed.stderr.strip().splitlines() or ["no message"])[-1]
            return f"fails: {last[:90]}"
        said = json.loads((Path(folder) / "said.json").read_text())
    return Timed(min(said["seconds"]), min(said["processor"]), np.array(said["answer"]))


def _command(program: str, folder: str) -> list[str] | None:
    if program == R:
        rscript = shutil.which("Rscript")
        return None if rscript is None else [rscript, str(R_SCRIPT), folder]
    if not PEERS_PYTHON.exists():
        return None
    return [str(PEERS_PYTHON), "-m", "benchmarks.timing.peer", folder, program]


def _write(folder: Path, data: Data, strata: bool) -> None:
    columns = {f"x{j + 1}": c for j, c in enumerate(data.get("X", np.empty((0, 0))).T)}
    names = {"strata": "stratum"}
    columns |= {names.get(k, k): v for k, v in data.items() if k != "X"}
    np.stack([np.asarray(c, dtype=float) for c in columns.values()]).tofile(folder / "data.bin")
    shape = {"n": len(data["stop"]), "columns": list(columns), "strata": strata}
    (folder / "shape.json").write_text(json.dumps(shape))
