"""Removes rows by centre: their text names the centre, hidden or not."""

from __future__ import annotations

from collections.abc import Sequence

from data_schema.results import Estimate

DIMENSIONS = frozenset(
    ("centre", "center", "centre_id", "center_id", "facility", "clinic", "hospital", "provider")
)


def without_centres(rows: Sequence[Estimate]) -> tuple[list[Estimate], int]:
    """The other rows, and how many were taken out."""
    kept = [row for row in rows if not names_a_centre(row)]
    return kept, len(rows) - len(kept)


def names_a_centre(row: Estimate) -> bool:
    """Whether a text of the row has a level of a centre in it."""
    grouped = (row.strata, row.reference, row.population)
    dimensions = {pair.partition("=")[0] for text in grouped for pair in text.split(";")}
    return bool(dimensions & DIMENSIONS) or (row.term in DIMENSIONS and bool(row.level))


def statement(taken_out: int) -> list[Estimate]:
    """One row that says so, where there were any."""
    if not taken_out:
        return []
    reason = f"{taken_out} rows by centre are not released: their text would name the centre."
    return [
        Estimate(
            question="disclosure",
            measure="statement",
            term="centre",
            status="not_available",
            reason=reason,
        )
    ]
