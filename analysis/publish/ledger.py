"""The ledger of earlier releases, in order: one JSON line each, no times, no names.

``sequence``, ``release`` (SHA-256 of the release's manifest), ``protocol`` (its hash), ``holder``.
The numbers of each release stand beside the ledger, for the next one to be compared with.
"""

from __future__ import annotations

import json
from pathlib import Path

from analysis.publish.refusal import PublishError
from analysis.store import sha256, write_bytes, write_text

Entry = dict[str, object]


def entries(ledger: Path) -> list[Entry]:
    """Every line; ``PublishError`` where the ledger is not whole."""
    if not ledger.exists():
        return []
    found: list[Entry] = []
    for number, line in enumerate(ledger.read_text("utf-8").splitlines(), start=1):
        try:
            entry = json.loads(line)
        except ValueError:
            entry = None
        if not isinstance(entry, dict) or entry.get("sequence") != number:
            raise PublishError(f"{ledger.name}: line {number}: not an entry of the ledger")
        found.append(entry)
    return found


def is_entered(ledger: Path, release: str) -> bool:
    """Whether the last entry is this release."""
    found = entries(ledger)
    return bool(found) and found[-1]["release"] == release


def enter(ledger: Path, release: str, facts: Entry, estimates: Path) -> None:
    """Add a line, unless the last one says the same; the numbers are kept beside it first."""
    if is_entered(ledger, release):
        return
    found = entries(ledger)
    write_bytes(numbers_of(ledger, release), estimates.read_bytes())
    found.append({"sequence": len(found) + 1, "release": release, **facts})
    write_text(ledger, "".join(json.dumps(entry, sort_keys=True) + "\n" for entry in found))


def numbers_of(ledger: Path, release: str) -> Path:
    return ledger.parent / "released_before" / f"{release}.csv"


def earlier_numbers(ledger: Path) -> list[tuple[int, Path]]:
    """(sequence, file of estimates) of every earlier release that is still known."""
    files = [
        (int(str(e["sequence"])), numbers_of(ledger, str(e["release"]))) for e in entries(ledger)
    ]
    missing = [sequence for sequence, path in files if not path.is_file()]
    if missing:
        raise PublishError(f"{ledger.name}: the numbers of release {missing[0]} are missing")
    return files


def release_hash(manifest: Path) -> str:
    return sha256(manifest)
