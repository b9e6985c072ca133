"""Does the tool find what the simulator put in? Only where the registry is simulated."""

from __future__ import annotations

from reports.blocks import Paragraph, Part, Table, present
from reports.figures import truth as figure
from reports.metadata import Metadata
from reports.parts.presence import absence
from reports.rows import Rows
from reports.tables import truth

SCENARIOS = {
    "A": "onset hazard follows the last recorded laboratory value "
    "and onset is dated exactly, so the "
    "estimates should meet the truth",
    "B": "onset hazard follows the underlying value and laboratory values are noisy, so ratios are "
    "expected to lie nearer 1 than the truth",
    "C": "as B, and onset is seen only at assessments, so dates of onset are late as well",
    "D": "as C, and laboratory values are missing at random: the "
    "registry as in life, where ratios are "
    "expected to lie nearer 1 than the truth",
}


def part(rows: Rows, metadata: Metadata) -> Part | None:
    if not metadata.simulated:
        return None
    scenario = (metadata.protocol.get("simulation") or {}).get("scenario", "")
    known = SCENARIOS.get(scenario)
    said = Paragraph(f"Simulation scenario {scenario}: {known}.") if known else None
    assumed = truth.assumptions(rows)
    blocks = present(
        figure.draw(truth.pairs(rows), metadata),
        truth.against_estimate(rows, metadata),
        truth.realised(rows, metadata),
        _where(assumed),
        assumed,
    )
    shown = blocks or tuple(absence("truth", rows, metadata))
    question = "Does the tool find what the simulator put in?"
    return Part("truth", "Truth against estimate", question, present(said, *shown))


def _where(assumed: Table | None) -> Paragraph | None:
    if assumed is None:
        return None
    n = len(assumed.rows)
    return Paragraph(f"All {n} assumptions, each labelled so, are in tables/{assumed.name}.csv.")
