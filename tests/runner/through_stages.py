"""Run as a program: ingest, cohort and estimates of a native extract in several buckets.

``through_stages.py EXTRACT OUT MASTER``; an empty MASTER means processes here, tables staged whole
and models fitted from rows that are held; on a cluster tables are cut and nothing is held.
"""

from __future__ import annotations

import sys
from pathlib import Path

from analysis import cohort, estimates, ingest, store
from analysis.estimates.who import interval_sums
from analysis.ingest.first_pass import buckets, chunks
from analysis.runner import Workers
from analysis.study import PROTOCOLS, read_study
from data_schema.refusal import Refusal

BYTES_PER_BUCKET = 1 << 17  # several buckets out of a small extract


def main(extract: Path, out: Path, master: str) -> None:
    buckets.BYTES_PER_BUCKET = BYTES_PER_BUCKET
    if master:
        interval_sums.HELD_BYTES = 0
        chunks.RECORDS_A_CHUNK = 1_000
    study = read_study(PROTOCOLS / "registry.toml")
    ingest.run(study, extract, out / "ingest", master=master)
    assert store.read_json(out / "ingest" / "facts.json")["buckets"] > 4
    cohort.run(study, out / "ingest", out / "cohort", master=master)
    provenance = {"extract": {}, "n": None, "seed": None}
    with Workers(2, master) as workers:
        estimates.run(study, out / "cohort", out / "estimates", None, provenance, workers=workers)


if __name__ == "__main__":
    try:
        main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3])
    except Refusal as refused:
        print(refused, file=sys.stderr)
        sys.exit(2)
