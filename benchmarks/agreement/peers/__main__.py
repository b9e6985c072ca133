"""One peer's answers, in the peers' own environment: ``python -m ... NAME FOLDER``.

Reads ``jobs.json`` and a table a job, writes ``NAME.json``. A peer's file has a function for each
work it offers, taking a job and its table.
"""

from __future__ import annotations

import json
import sys
import warnings
from importlib import import_module, metadata
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.agreement.peers.offers import NotOfferedError

DISTRIBUTIONS = {"sksurv": "scikit-survival", "pypi_survival": "survival"}


def answer(module, job: dict, table: pd.DataFrame) -> dict:
    work = getattr(module, job["work"], None)
    if work is None:
        return {"not_offered": f"no {job['work']}"}
    try:
        found = work(job, table)
    except NotOfferedError as missing:
        return {"not_offered": str(missing)}
    except Exception as error:  # whatever a peer raises is its cell of the table
        return {"error": f"{type(error).__name__}: {error}"[:200]}
    return {k: np.asarray(v, dtype=float).ravel().tolist() for k, v in found.items()}


def main(name: str, folder: Path) -> None:
    warnings.simplefilter("ignore")
    module = import_module(f"benchmarks.agreement.peers.{name}")
    jobs = json.loads((folder / "jobs.json").read_text())
    answers = {j["name"]: answer(module, j, pd.read_csv(folder / f"{j['name']}.csv")) for j in jobs}
    distribution = DISTRIBUTIONS.get(name, name)
    out = {"version": f"{distribution} {metadata.version(distribution)}", "answers": answers}
    (folder / f"{name}.json").write_text(json.dumps(out))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
