"""How much was hidden, by question: the rows of the disclosure part of the report."""

from __future__ import annotations

from collections.abc import Sequence, Set

from data_schema.measures import QUESTIONS
from data_schema.results import Estimate


def tally(rows: Sequence[Estimate], primary: Set[int], hidden: Set[int]) -> list[Estimate]:
    """Rows hidden for what they show, hidden for what would follow from them, and shown."""
    found = []
    for question in QUESTIONS:
        places = {i for i, row in enumerate(rows) if row.question == question}
        if not places:
            continue
        counts = {
            "primary": len(places & primary),
            "complementary": len(places & (hidden - primary)),
            "shown": len(places - hidden),
        }
        found += [_cells(question, level, float(count)) for level, count in counts.items()]
    return found


def _cells(question: str, level: str, count: float) -> Estimate:
    return Estimate(
        question="disclosure",
        measure="suppressed_cells",
        term=question,
        level=level,
        estimate=count,
        numerator=count,
        unit="cells",
    )
