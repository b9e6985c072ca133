"""Who gets it?"""

from __future__ import annotations

from reports.blocks import Absence, Block, Part, paragraphs, present
from reports.figures import forest
from reports.metadata import Metadata
from reports.parts.presence import absence, refused
from reports.rows import Rows, distinct
from reports.tables import hazard_ratios
from reports.text import risk_factors as text


def part(rows: Rows, metadata: Metadata) -> Part:
    title, question = "Risk factors", "Who gets it?"
    models = distinct(row.model for row in rows.where(measure="hazard_ratio"))
    if not models:
        return Part("risk_factors", title, question, tuple(absence("who", rows, metadata)))
    blocks: list[Block | None] = [
        *paragraphs(text.sentences(rows, metadata)),
    ]
    if not text.of_interest(rows, metadata) and not text.failures(rows, metadata):
        blocks += absence("who", rows, metadata)
    blocks += [Absence(said) for said in text.failures(rows, metadata)]
    for model in models:
        blocks += [forest.draw(rows, metadata, model), hazard_ratios.table(rows, metadata, model)]
    blocks += refused("who", rows)
    return Part("risk_factors", title, question, present(*blocks))
