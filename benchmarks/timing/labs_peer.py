"""One peer's labs to risk intervals, in the peers' environment: FOLDER PEER."""

from __future__ import annotations

import importlib
import json
import resource
import sys
import time
from pathlib import Path


def main(folder: Path, peer: str) -> None:
    """Print seconds, processor seconds, peak gigabytes and what came out."""
    given = json.loads((folder / "given.json").read_text())
    library = importlib.import_module(f"labs_{peer}")
    began, before = time.perf_counter(), time.process_time()
    found = library.work(folder, given)
    spent = {"seconds": time.perf_counter() - began, "cpu": time.process_time() - before}
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(json.dumps({**spent, "peak_gb": peak, "found": found}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
