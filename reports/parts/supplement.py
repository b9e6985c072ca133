"""What was released and no part shows: one block a measure, as its declaration says."""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set
from dataclasses import replace

from data_schema.measures import Measure
from data_schema.results import Estimate
from reports.blocks import Block, Part
from reports.figures import any_measure as figures
from reports.metadata import Metadata
from reports.rows import Rows
from reports.tables import any_measure as tables

HOME = {
    "study": "design",
    "flow": "flow",
    "quality": "data_quality",
    "describe": "table_1",
    "follow_up": "follow_up",
    "how_common": "prevalence",
    "how_soon": "incidence",
    "who": "risk_factors",
    "what_then": "parathyroidectomy",
    "truth": "truth",
    "disclosure": "disclosure",
}


def with_supplements(
    parts: Sequence[Part], rows: Rows, metadata: Metadata, shown: Set[str]
) -> tuple[Part, ...]:
    """The parts, each with the rows of its question that are not among ``shown`` (ids).

    Rows of a measure that is declared to have no display are left out. Rows of a question whose
    part is not on the page stand in the last part.
    """
    left = [r for r in rows.all if r.id not in shown and r.declaration.display != "none"]
    here = {part.id for part in parts}
    places = {row.id: _home(row, here, parts) for row in left}
    return tuple(
        replace(
            part, supplement=tuple(_blocks([r for r in left if places[r.id] == part.id], metadata))
        )
        for part in parts
    )


def _home(row: Estimate, here: Set[str], parts: Sequence[Part]) -> str:
    home = HOME[row.question]
    return home if home in here else parts[-1].id


def _blocks(left: Sequence[Estimate], metadata: Metadata) -> Iterator[Block]:
    """One block a question and measure; what a figure cannot hold is a table after it."""
    for question, measure in dict.fromkeys((row.question, row.declaration) for row in left):
        of_it = [r for r in left if (r.question, r.declaration) == (question, measure)]
        drawn = figures.drawable(of_it) if measure.display in ("curve", "forest") else []
        if drawn:
            yield _figure(measure, f"{question}_{measure.name}", drawn, metadata)
        ids = {row.id for row in drawn}
        if rest := [row for row in of_it if row.id not in ids]:
            yield tables.table(measure, f"{question}_{measure.name}", rest, metadata)


def _figure(measure: Measure, name: str, drawn: list[Estimate], metadata: Metadata) -> Block:
    draw = figures.curve if measure.display == "curve" else figures.forest
    return draw(measure, name, drawn, metadata)
