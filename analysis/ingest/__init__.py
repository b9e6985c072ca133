"""A holder's files become typed tables; every record is used, out of scope, or rejected by rule.

Two passes. The first streams text into typed rows, cut into buckets of whole patients, and counts
laboratory values by centre and unit. The second finishes one bucket after the other, in as many
processes as there are threads. Memory is that of a batch and of a bucket, whatever the extract.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import duckdb

from analysis import store
from analysis.ingest.files.find_files import find_files
from analysis.ingest.first_pass.job import Job, work_key
from analysis.ingest.first_pass.stage_extract import stage_extract
from analysis.ingest.second_pass.finish import finish_extract
from analysis.study import Study
from data_schema.declarations import source
from data_schema.refusal import refusal

MEMORY = 3.0


def run(
    study: Study,
    extract: Path,
    out: Path,
    threads: int = 2,
    say: Callable[[str], None] = lambda _: None,
    count: Callable[[int, int], None] = lambda _done, _total: None,
    memory: float = MEMORY,
    master: str = "",
) -> None:
    """Read ``extract`` as the study's source says, write typed tables and their account to ``out``.

    ``memory``: gigabytes that all processes together may use; ``master``: a Spark
    cluster for the second pass. ``count`` receives the progress, in
    bytes of the extract. A run that was cut short goes on where it was if nothing changed since.
    Raises ``Refusal`` for an extract that does not fit; then nothing of it remains in ``out``.
    """
    store.private_folder(out)
    form = source(study.source)
    try:
        found = find_files(extract, form)
        job = Job(study, form, found, extract, out, threads, memory, say, count, master)
        state = out / store.WORK / "staged.json"
        key = work_key(job)
        if not state.exists() or store.read_json(state)["key"] != key:
            store.empty_folder(out)
            store.write_json(state, {"key": key, **stage_extract(job)})
        finish_extract(job, store.read_json(state))
    except (duckdb.OutOfMemoryException, MemoryError):
        store.empty_folder(out)
        raise refusal("a part of it needs more memory than MEMORY allows") from None
    except Exception:
        store.empty_folder(out)
        raise
