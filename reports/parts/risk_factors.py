"""Who gets it?"""

from __future__ import annotations

from reports.blocks import Absence, Block, Part, paragraphs, present
from reports.facts import Facts
from reports.figures import forest
from reports.parts.presence import absence, refused
from reports.rows import Rows, distinct
from reports.tables import hazard_ratios
from reports.text import risk_factors as text


def part(rows: Rows, facts: Facts) -> Part:
    title, question = "Risk factors", "Who gets it?"
    models = distinct(row.model for row in rows.where(measure="hazard_ratio"))
    if not models:
        return Part("risk_factors", title, question, tuple(absence("who", rows, facts)))
    blocks: list[Block | None] = [
        *paragraphs(text.sentences(rows, facts)),
    ]
    if not text.of_interest(rows, facts) and not text.failures(rows, facts):
        blocks += absence("who", rows, facts)
    blocks += [Absence(said) for said in text.failures(rows, facts)]
    for model in models:
        blocks += [forest.draw(rows, facts, model), hazard_ratios.table(rows, facts, model)]
    blocks += refused("who", rows)
    return Part("risk_factors", title, question, present(*blocks))
