"""Sentences on how common the outcome is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from data_schema.results import Estimate
from reports.metadata import Metadata
from reports.rows import Rows
from reports.tables.prevalence import EXACT
from reports.wording import numbers
from reports.wording.labels import level_order, parts_of_strata


def main_rows(rows: Rows, metadata: Metadata) -> list[Estimate]:
    """Points in time, then the period; the protocol's case tiers, all people, exact interval."""
    found = rows.numbers(question="how_common", model=EXACT, strata="", specification="primary")
    found = [row for row in found if row.outcome in (metadata.case_tiers, "onset", "")]
    found = [row for row in found if row.level == "" and not row.population.startswith("all ")]
    points = [row for row in found if row.measure == "prevalence_point"]
    return points + [row for row in found if row.measure == "prevalence_period"]


def dated_rows(rows: Rows, metadata: Metadata) -> list[Estimate]:
    """All people on dialysis at each date, the protocol's cases."""
    return [row for row in main_rows(rows, metadata) if row.measure == "prevalence_point"]


def group_rows(rows: Rows, metadata: Metadata) -> list[Estimate]:
    """By group, where most groups may be shown: the latest such date, or the period."""
    found = rows.numbers(question="how_common", model=EXACT, specification="primary", level="")
    found = [row for row in found if row.measure in ("prevalence_point", "prevalence_period")]
    found = [row for row in found if row.outcome == metadata.case_tiers and row.strata]
    found = [row for row in found if not row.population.startswith("all ")]
    shown = Counter(row.term for row in found)
    best = max(shown, key=lambda term: (shown[term], " to " not in term, term), default="")
    of_best = [row for row in found if row.term == best]
    return sorted(of_best, key=_by_dimension(of_best))


def _by_dimension(found: list[Estimate]) -> Callable[[Estimate], tuple]:
    """Dimensions as released, levels in their natural order."""
    pairs = {row.strata: parts_of_strata(row.strata)[0] for row in found}
    dimensions = list(dict.fromkeys(dimension for dimension, _ in pairs.values()))

    def key(row: Estimate) -> tuple:
        dimension, level = pairs[row.strata]
        return dimensions.index(dimension), level_order(level)

    return key


def claim(rows: Rows, metadata: Metadata) -> Estimate | None:
    """The case report's range; only where the outcome is the one it speaks of."""
    if not metadata.is_calcinosis:
        return None
    return rows.first(question="how_common", measure="published", term="claim")


def latest(rows: Rows, metadata: Metadata) -> Estimate | None:
    points = [r for r in main_rows(rows, metadata) if r.measure == "prevalence_point"]
    return max(points, key=lambda row: row.term, default=None)


def against(row: Estimate, band: Estimate) -> str:
    """Where an interval lies against a range, in words."""
    low, high = row.lower or 0.0, row.upper or 0.0
    floor, ceiling = band.lower or 0.0, band.upper or 0.0
    if high < floor:
        return "lies below"
    if low > ceiling:
        return "lies above"
    if low >= floor and high <= ceiling:
        return "lies within"
    if low < floor and high > ceiling:
        return "is wider than, and so compatible with,"
    return "reaches across the lower end of" if low < floor else "reaches across the upper end of"


def sentence(row: Estimate) -> str:
    """One prevalence, its people, its interval."""
    when = f"On {row.term}" if row.measure == "prevalence_point" else f"From {row.term}"
    return (
        f"{when}, {numbers.share(row)} people on dialysis were known cases: "
        f"{numbers.with_interval(row)}."
    )


def verdict_on_claim(row: Estimate, band: Estimate) -> str:
    return f"That interval {against(row, band)} the claimed range of {numbers.bounds(band)}%."


def sentences(rows: Rows, metadata: Metadata) -> list[str]:
    """Prevalence at each date and over the period, each with where its interval lies."""
    band = claim(rows, metadata)
    said = []
    for row in main_rows(rows, metadata):
        verdict = f" The interval {against(row, band)} the claimed range." if band else ""
        said.append(sentence(row) + verdict)
    return said
