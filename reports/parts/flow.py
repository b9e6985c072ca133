"""Who was left out, and how many at each step."""

from __future__ import annotations

from reports.blocks import Part, present
from reports.facts import Facts
from reports.figures import flow as diagram
from reports.parts.presence import absence
from reports.rows import Rows
from reports.tables.records import flow as steps


def part(rows: Rows, facts: Facts) -> Part:
    blocks = present(diagram.draw(rows), steps.table(rows, facts))
    shown = blocks or tuple(absence("flow", rows, facts))
    return Part("flow", "Flow", "Who was left out, and how many at each step?", shown)
