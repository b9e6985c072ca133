"""What each stage depends on, written only where it changed; Make compares the times.

A stage's ``inputs.json`` holds the variables as resolved, its slice of the protocol, the hashes of
the extract's files and of the code that it runs.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from analysis import store
from analysis.study import Study
from data_schema.refusal import refusal

ROOT = Path(__file__).parents[1]
SHARED = ("data_schema/*.py", "data_schema/*.toml", "analysis/study.py", "analysis/store.py")


@dataclass(frozen=True)
class Stage:
    """A stage's part of the protocol and of the code."""

    protocol: tuple[str, ...]
    code: tuple[str, ...]


ALL_PARTS = tuple(Study.model_fields)
STAGES = {
    "simulate": Stage(
        ("population", "outcome", "exposures", "models", "simulation"),
        ("analysis/simulate/**/*.py",),
    ),
    "ingest": Stage(
        ("source", "population"),
        (
            "analysis/ingest/**/*.py",
            "data_schema/tables/*.toml",
            "data_schema/sources/**/*",
            "data_schema/concepts/*.csv",
        ),
    ),
    "cohort": Stage(
        (
            "population",
            "outcome",
            "exposures",
            "codes",
            "missing",
            "sensitivity",
            "parathyroidectomy",
        ),
        (
            "analysis/cohort/**/*.py",
            "analysis/runner.py",
            "data_schema/codelists/*.csv",
            "data_schema/concepts/*.csv",
        ),
    ),
    "estimates": Stage(
        ALL_PARTS,
        (
            "analysis/estimates/**/*.py",
            "analysis/runner.py",
            "analysis/survival/**/*.py",
            "analysis/survival/__init__.pyi",
            "data_schema/standards/*",
            "data_schema/concepts/*.csv",
        ),
    ),
    "disclose": Stage(("release",), ("analysis/disclose/**/*.py",)),
    "staging": Stage((), ("reports/**/*",)),
    "publish": Stage(("release",), ("analysis/publish/**/*.py",)),
}


def write_plan(
    study: Study,
    restricted: Path,
    extract: Path | None,
    n: int,
    seed: int,
    models: dict[str, str] | None = None,
) -> list[str]:
    """Rewrite the ``inputs.json`` of each stage whose inputs changed; their names.

    ``models``: hashes of the models from outside the project that the study runs.
    """
    store.private_folder(restricted)
    changed = []
    for name, stage in STAGES.items():
        inputs: dict[str, object] = {
            "protocol": study.slice(*stage.protocol),
            "code": code_hash(*SHARED, *stage.code),
        }
        if name == "simulate":
            inputs |= {"n": n, "seed": seed}
        if name == "ingest" and extract is not None:
            inputs |= {"extract": extract_hashes(extract, restricted / "extract_hashes.json")}
        if name == "estimates" and models:
            inputs |= {"models": models}
        folder = store.private_folder(restricted / name)
        text = json.dumps(inputs, indent=1, sort_keys=True) + "\n"
        if store.write_if_changed(folder / "inputs.json", text):
            changed.append(name)
    return changed


def code_hash(*patterns: str) -> str:
    """One hash of all files of the patterns, by name and content."""
    digest = hashlib.sha256()
    files = {path for pattern in patterns for path in ROOT.glob(pattern) if path.is_file()}
    for path in sorted(files):
        if "__pycache__" not in path.parts:
            digest.update(path.relative_to(ROOT).as_posix().encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()


def extract_hashes(extract: Path, cache: Path) -> dict[str, str]:
    """File -> SHA-256; a file whose size and time are those of last time is not read again."""
    if not extract.is_dir():
        raise refusal("no such folder", file=extract.name or "EXTRACT")
    known = store.read_json(cache) if cache.exists() else {}
    now: dict[str, tuple[list[int], str]] = {}
    for path in sorted(p for p in extract.rglob("*") if p.is_file()):
        name = path.relative_to(extract).as_posix()
        stat = path.stat()
        key = [stat.st_size, stat.st_mtime_ns]
        before = known.get(name)
        digest = before[1] if before and before[0] == key else store.sha256(path)
        now[name] = (key, digest)
    store.write_if_changed(cache, json.dumps(now, indent=1, sort_keys=True) + "\n")
    return {name: digest for name, (_, digest) in now.items()}
