"""Who are they?"""

from __future__ import annotations

from reports.blocks import Part, present
from reports.facts import Facts
from reports.parts.presence import absence
from reports.rows import Rows
from reports.tables import table_one


def part(rows: Rows, facts: Facts) -> Part:
    blocks = present(table_one.table(rows, facts))
    shown = blocks or tuple(absence("describe", rows, facts))
    return Part("table_1", "Table 1", "Who are they?", shown)
