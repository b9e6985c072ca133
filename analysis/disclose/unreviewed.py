"""Numbers of a model from outside the project leave where the protocol names its file's hash.

The rule is the same for every holder, simulated data included: who releases a number has read what
made it, and says so in the protocol. Of any other such model no row leaves, since its texts too are
its own: each of its measures says that its numbers are withheld, and which hash would release them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from data_schema.results import Estimate


def unnamed_hashes(analyses: Sequence[Mapping], released: Mapping[str, str]) -> dict[str, str]:
    """Model -> SHA-256 of those from outside (``study.json``) whose hash is not in ``released``."""
    outside = {one["name"]: one["sha256"] for one in analyses if one["sha256"]}
    return {name: found for name, found in outside.items() if released.get(name) != found}


def without_unreviewed(rows: Sequence[Estimate], unnamed: Mapping[str, str]) -> list[Estimate]:
    """The rows; those of unnamed models replaced by one a measure that says why."""
    kept: list[Estimate] = []
    said: set[tuple[str, str, str]] = set()
    for row in rows:
        if row.model not in unnamed:
            kept.append(row)
        elif (key := (row.model, row.question, row.measure)) not in said:
            said.add(key)
            kept.append(_withheld(row, unnamed[row.model]))
    return kept


def _withheld(row: Estimate, sha256: str) -> Estimate:
    reason = (
        f"Withheld: the model {row.model} is not of this project, and the protocol does not name "
        f"its file under release.models (SHA-256 {sha256})."
    )
    return Estimate(
        row.question,
        row.measure,
        "cohort",
        model=row.model,
        status="not_available",
        reason=reason,
        declaration=row.declaration,
    )
