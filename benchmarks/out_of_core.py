"""Cox on rows in a file larger than the memory allowed, beside a million rows in memory.

``python -m benchmarks.out_of_core [million rows]`` (default 2; the full work is 60). Writes the
file to the temporary folder and deletes it after. The fit runs in a process of its own whose data
are limited to 3 GB; a block is mapped whole and let go, so its peak counts the blocks it holds.
"""

from __future__ import annotations

import json
import mmap
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from analysis.survival.cox_by_parts.blocks import cox_from_blocks
from analysis.survival.cox_regression.model import cox
from benchmarks.cox import best, registry

COLUMNS, BLOCK, LIMIT = 12, 250_000, 3 * 10**9
NAMES = ("X", "start", "stop", "event")


def write(path: Path, millions: int) -> None:
    """Blocks one after another: X by row, then start, stop, event, all as doubles."""
    with path.open("wb") as out:
        for part in range(millions * 10**6 // BLOCK):
            rows = registry(BLOCK, COLUMNS, 1, seed=part)
            for name in NAMES:
                rows[name].astype(float).tofile(out)


def read(path: Path) -> Iterator[tuple]:
    """Blocks mapped one after another, each read whole before it is handed on."""
    size, flags = BLOCK * (COLUMNS + 3) * 8, mmap.MAP_SHARED | mmap.MAP_POPULATE
    with path.open("rb") as source:
        for at in range(0, path.stat().st_size, size):
            before = at % mmap.ALLOCATIONGRANULARITY
            place = {"prot": mmap.PROT_READ, "offset": at - before}
            piece = mmap.mmap(source.fileno(), size + before, flags, **place)
            X, rest = np.split(np.frombuffer(piece, offset=before), [BLOCK * COLUMNS])
            yield X.reshape(BLOCK, COLUMNS), *rest.reshape(3, BLOCK)


def fit(path: Path) -> None:
    resource.setrlimit(resource.RLIMIT_DATA, (LIMIT, LIMIT))
    began, busy = time.perf_counter(), time.process_time()
    found = cox_from_blocks(lambda: read(path))
    said = {
        "seconds": time.perf_counter() - began,
        "processor": time.process_time() - busy,
        "peak_gb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20,
        "iterations": found.iterations,
        "events": found.n_events,
        "coefficients": found.coefficients.tolist(),
        "std_error": found.std_error.tolist(),
    }
    print(json.dumps(said))


def in_memory() -> tuple[tuple[float, float], object]:
    rows = registry(10**6, COLUMNS, 1)
    return best(lambda: cox(rows["X"], rows["stop"], rows["event"], start=rows["start"]))


def main(millions: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rows.bin"
        write(path, millions)
        size = path.stat().st_size / 2**30
        before, one = in_memory()
        command = [sys.executable, "-m", "benchmarks.out_of_core", "--fit", str(path)]
        out = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        after, _ = in_memory()
    said = json.loads(out)
    wall, busy = min(before[0], after[0]), min(before[1], after[1])
    print(f"{millions},000,000 rows x {COLUMNS}: {size:.1f} GB of file")
    print(f"{said['seconds']:.1f} s ({said['processor']:.1f} s of processor),", end=" ")
    print(
        f"{said['iterations']} steps, peak {said['peak_gb']:.2f} GB of {LIMIT / 2**30:.1f} allowed"
    )
    print(f"a million rows in memory {wall:.3f} s ({busy:.3f} s of processor):", end=" ")
    print(
        f"{said['seconds'] / wall:.0f} x, {said['processor'] / busy:.0f} x by processor;", end=" "
    )
    print(f"load {os.getloadavg()[0]:.1f}")
    apart = (np.array(said["coefficients"]) - one.coefficients) / one.std_error
    print(f"coefficients within {np.abs(apart).max():.1f} standard errors of the million's")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--fit"]:
        fit(Path(sys.argv[2]))
    else:
        main(int(sys.argv[1]) if sys.argv[1:] else 2)
