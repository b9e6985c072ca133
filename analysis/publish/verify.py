"""``python -m analysis.publish.verify RELEASE``: is the release what was written?

Exit status 0 where every file has the hash of the manifest and no other file is there, 2 with one
line otherwise.
"""

from __future__ import annotations

import sys
from pathlib import Path

from analysis import store
from data_schema.refusal import Refusal, refusal


def verify(release: Path) -> int:
    """Number of files that are what the manifest says; ``Refusal`` naming the first that is not."""
    manifest = store.verify_manifest(release)
    there = {p.relative_to(release).as_posix() for p in release.rglob("*") if p.is_file()}
    strangers = sorted(there - set(manifest["files"]) - {store.MANIFEST})
    if strangers:
        raise refusal("is not of this release", file=strangers[0])
    return len(manifest["files"])


def main(words: list[str]) -> int:
    try:
        count = verify(Path(words[0]))
    except Refusal as refused:
        print(f"verify: {refused}", file=sys.stderr)
        return 2
    print(f"verify: {count} files are what was released")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
