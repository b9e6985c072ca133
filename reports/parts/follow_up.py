"""How long, how complete?"""

from __future__ import annotations

from reports.blocks import Part, present
from reports.facts import Facts
from reports.parts.presence import absence, has_numbers, refused
from reports.rows import Rows
from reports.tables import follow_up


def part(rows: Rows, facts: Facts) -> Part:
    shown = present(follow_up.table(rows, facts), *refused("follow_up", rows))
    if not has_numbers(rows, "follow_up"):
        shown = (*absence("follow_up", rows, facts), *shown[:1])
    return Part("follow_up", "Follow-up", "How long, how complete?", shown)
