"""Opens a holder's files side by side, each as a task of its own.

A file of a package becomes text, CSV is cut into cells once, and every cell is checked for
identifiers. The tasks are independent; what they return makes the views.
"""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import duckdb

from analysis.ingest.files.find_files import FoundFile
from analysis.ingest.files.foreign_files import as_text
from analysis.ingest.files.headers import columns_of_some_parts, read_headers
from analysis.ingest.files.records import Records, cut_records
from analysis.ingest.first_pass.engine import Engine
from analysis.ingest.identifiers.check import refuse_identifiers
from analysis.ingest.identifiers.policy import refuse_birth_columns
from data_schema.refusal import refusal
from data_schema.results import Estimate

SMALL = 2**23  # bytes of an extract that is opened sooner than processes start


class OpenTask(NamedTuple):
    """One declared file to open; its text goes to ``folder``.

    Its engine has ``threads``, and the memory of one of ``workers``.
    """

    engine: Engine
    found: FoundFile
    folder: Path
    policy: str
    threads: int
    workers: int


class Opened(NamedTuple):
    """Records of a file, and rows of data quality on columns that only some of its parts have."""

    records: Records
    lacking: list[Estimate]


def open_file(task: OpenTask) -> Opened:
    """The records of a file, if it is what the source declares. Raises ``Refusal``."""
    name = task.found.declared.name
    if not task.found.parts:
        return Opened(Records([], []), [])
    found = as_text({name: task.found}, task.folder)[name]
    headers = read_headers(found)
    refuse_birth_columns(found, headers, task.policy)
    try:
        with closing(task.engine.bare(task.threads, task.workers, name)) as connection:
            records = cut_records(connection, found, headers, task.folder)
            refuse_identifiers(connection, found, headers, task.folder)
    except duckdb.OutOfMemoryException:
        raise
    except duckdb.Error:
        raise refusal("cannot be read as declared", file=found.parts[0].name) from None
    return Opened(records, columns_of_some_parts(found, headers))
