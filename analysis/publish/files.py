"""Which files may be released at all."""

from __future__ import annotations

from pathlib import Path

from analysis.publish.refusal import PublishError
from analysis.store import MANIFEST, inside, verify_manifest

SUFFIXES = frozenset({".html", ".csv", ".svg", ".json", ".txt"})  # text, so that it can be scanned
REQUIRED = ("report.html", "estimates.csv")
LARGEST_FILE = 20_000_000  # bytes
LARGEST_RELEASE = 100_000_000
MOST_FILES = 1_000


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
        size = path.stat().st_size
        total += size
        if size > LARGEST_FILE or total > LARGEST_RELEASE:
            raise PublishError(f"staging/{_said(name)}: larger than a release may be")


def _said(name: str) -> str:
    """A file's name may itself be a person's: its extension and folder are enough."""
    path = Path(name)
    plain = path.stem.replace("_", "").replace("-", "")
    stem = path.stem if plain.isascii() and plain.isalpha() else "*"
    folder = path.parent.as_posix()
    return f"{stem}{path.suffix}" if folder == "." else f"{folder}/{stem}{path.suffix}"
