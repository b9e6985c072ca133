"""One extract to read, and the key by which a run that was cut short is resumed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from analysis.ingest.files.find_files import FoundFile
from analysis.ingest.first_pass import buckets
from analysis.ingest.first_pass.engine import Engine
from analysis.study import Study
from data_schema.declarations import Source


@dataclass(frozen=True)
class Job:
    """One extract to read: the study's source, the files found, where to write, callbacks."""

    study: Study
    form: Source
    found: dict[str, FoundFile]
    extract: Path
    out: Path
    threads: int
    memory: float
    say: Callable[[str], None]
    count: Callable[[int, int], None]
    master: str = ""

    @property
    def engine(self) -> Engine:
        return Engine(self.extract, self.out, self.memory)

    @property
    def buckets(self) -> int:
        return buckets.number_of_buckets([p for f in self.found.values() for p in f.parts])

    @property
    def parts(self) -> list[str]:
        """Names of the files there are; a row may come from any of them, by way of a step."""
        return sorted({part.name for found in self.found.values() for part in found.parts})

    def size(self, names: Iterable[str]) -> int:
        """Bytes of the files of these names."""
        return sum(p.stat().st_size for name in sorted(names) for p in self.found[name].parts)

    def threads_for(self, name: str) -> int:
        """Files are opened side by side: each has its share of the threads, rounded up."""
        whole = max(self.size(self.found), 1)
        return max(-(-self.threads * self.size([name]) // whole), 1)


def work_key(job: Job) -> str:
    """Hash of everything that two runs must share for the second to resume the first."""
    inputs = job.out / "inputs.json"
    parts = [
        [part.relative_to(job.extract).as_posix(), part.stat().st_size, part.stat().st_mtime_ns]
        for found in job.found.values()
        for part in found.parts
    ]
    known = {
        "inputs": inputs.read_text("utf-8") if inputs.exists() else "",
        "study": job.study.slice("source", "population"),
        "parts": parts,
        "buckets": job.buckets,
    }
    return hashlib.sha256(json.dumps(known, sort_keys=True, default=str).encode()).hexdigest()
