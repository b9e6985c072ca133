"""Who are they?"""

from __future__ import annotations

from reports.blocks import Part, present
from reports.metadata import Metadata
from reports.parts.presence import absence
from reports.rows import Rows
from reports.tables import table_one


def part(rows: Rows, metadata: Metadata) -> Part:
    blocks = present(table_one.table(rows, metadata))
    shown = blocks or tuple(absence("describe", rows, metadata))
    return Part("table_1", "Table 1", "Who are they?", shown)
