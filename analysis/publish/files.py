"""Which files may be released at all."""

from __future__ import annotations

import re
from pathlib import Path

from analysis.publish.refusal import PublishError
from analysis.store import MANIFEST, inside, verify_manifest
from data_schema.measures import FILE as MEASURES

SUFFIXES = frozenset({".html", ".csv", ".svg", ".json", ".txt"})  # text, so that it can be scanned
REQUIRED = ("report.html", "estimates.csv", MEASURES)
LARGEST_FILE = 20_000_000  # bytes
LARGEST_RELEASE = 100_000_000
MOST_FILES = 1_000

_PLAIN = re.compile(r"[a-z0-9_-]+")
_LONG_NUMBER = re.compile(r"\d{5}")


def releasable(staging: Path) -> list[str]:
    """Names of the files to release, sorted; ``PublishError`` or ``StoreError`` if one may not."""
    listed = sorted(verify_manifest(staging)["files"])
    for required in REQUIRED:
        if required not in listed:
            raise PublishError(f"staging/{required}: missing")
    for path in sorted(staging.rglob("*")):
        name = path.relative_to(staging).as_posix()
        if path.is_symlink() or not (path.is_file() or path.is_dir()):
            raise PublishError(f"staging/{_said(name)}: not a regular file")
        if path.is_file() and name not in listed and path.name not in (MANIFEST, "inputs.json"):
            raise PublishError(f"staging/{_said(name)}: not in the manifest")
    _check_types_and_sizes(staging, listed)
    return listed


def _check_types_and_sizes(staging: Path, names: list[str]) -> None:
    if len(names) > MOST_FILES:
        raise PublishError(f"staging: more than {MOST_FILES} files")
    total = 0
    for name in names:
        path = inside(staging, name)
        if path.suffix not in SUFFIXES:
            raise PublishError(f"staging/{_said(name)}: a type of file that is not released")
        if not all(_is_plain(Path(part)) for part in Path(name).parts):
            raise PublishError(f"staging/{_said(name)}: a name of a file that is not plain")
        size = path.stat().st_size
        total += size
        if size > LARGEST_FILE or total > LARGEST_RELEASE:
            raise PublishError(f"staging/{_said(name)}: larger than a release may be")


def _is_plain(path: Path) -> bool:
    """Small letters, figures, ``_`` and ``-``, no long number: a name of ours, not a person's."""
    return bool(_PLAIN.fullmatch(path.stem)) and not _LONG_NUMBER.search(path.stem)


def _said(name: str) -> str:
    """A file's name may itself say who: then its folder and type have to do."""
    path = Path(name)
    parts = [part if _is_plain(Path(part)) else "*" for part in path.parent.parts]
    return "/".join([*parts, (path.stem if _is_plain(path) else "*") + path.suffix])
