"""Who was left out, and how many at each step."""

from __future__ import annotations

from reports.blocks import Part, present
from reports.figures import flow as diagram
from reports.metadata import Metadata
from reports.parts.presence import absence
from reports.rows import Rows
from reports.tables.records import flow as steps


def part(rows: Rows, metadata: Metadata) -> Part:
    blocks = present(diagram.draw(rows), steps.table(rows, metadata))
    shown = blocks or tuple(absence("flow", rows, metadata))
    return Part("flow", "Flow", "Who was left out, and how many at each step?", shown)
