"""Priority of a row: how much a reader would miss it, when one of several has to be hidden."""

from __future__ import annotations

from collections.abc import Sequence

from data_schema.results import Estimate

ANSWERS = ("how_common", "how_soon", "who", "what_then")


def priorities(rows: Sequence[Estimate], headline: str) -> list[int]:
    """3 the answers for the study's own case definition, 2 other answers, 1 totals, 0 the rest.

    The last step of the flow is the total of everything after it.

    ``headline``: the outcome of the study as rows name it, tiers joined by ``+``.
    """
    steps = [row.x or 0.0 for row in rows if row.measure == "attrition"]
    last = max(steps, default=0.0)
    return [
        1 if row.measure == "attrition" and row.x == last else _priority(row, headline)
        for row in rows
    ]


def _priority(row: Estimate, headline: str) -> int:
    if row.strata:
        return 0
    if row.question in ANSWERS:
        own = row.outcome in (headline, "onset") and _is_primary(row)
        if own:
            return 3
        return 1 if row.population.startswith("all ") or row.specification.startswith("lab_") else 2
    return 1 if row.measure in ("people", "person_years") else 0


def _is_primary(row: Estimate) -> bool:
    """Whether a row is of the primary definition: ever, on dialysis, the protocol's case."""
    return row.level == "" and row.specification == "primary" and "all" not in row.population
