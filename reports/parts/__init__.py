"""The parts of the page, in the order a reader meets them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from reports.blocks import Part
from reports.metadata import Metadata
from reports.parts import (
    case_definition,
    checklists,
    data_quality,
    design,
    disclosure,
    flow,
    follow_up,
    incidence,
    parathyroidectomy,
    prevalence,
    reproduce,
    risk_factors,
    robustness,
    table_one,
    truth,
    verdict,
)
from reports.parts.supplement import with_supplements
from reports.rows import Rows
from reports.shown import recorded

ORDER: tuple[Callable[[Rows, Metadata], Part | None], ...] = (
    verdict.part,
    design.part,
    flow.part,
    data_quality.part,
    table_one.part,
    case_definition.part,
    prevalence.part,
    follow_up.part,
    incidence.part,
    risk_factors.part,
    parathyroidectomy.part,
    robustness.part,
    disclosure.part,
    truth.part,
    checklists.part,
    reproduce.part,
)


def all_parts(rows: Rows, metadata: Metadata) -> tuple[Part, ...]:
    """Every part with its supplement; only truth against estimate may be missing, where nothing was
    simulated."""
    rows = replace(rows, models=tuple(model["name"] for model in metadata.models))
    with recorded() as shown:
        built = tuple(part for make in ORDER if (part := make(rows, metadata)) is not None)
    return with_supplements(built, rows, metadata, shown)
