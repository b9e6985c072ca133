"""How long, how complete?"""

from __future__ import annotations

from reports.blocks import Part, paragraphs, present
from reports.metadata import Metadata
from reports.parts.presence import absence, has_numbers, refused
from reports.rows import Rows
from reports.tables import follow_up
from reports.text import follow_up as text


def part(rows: Rows, metadata: Metadata) -> Part:
    answered = has_numbers(rows, "follow_up")
    shown = present(
        *([] if answered else absence("follow_up", rows, metadata)),
        *paragraphs(text.sentences(rows)),
        follow_up.table(rows, metadata),
        *(refused("follow_up", rows) if answered else []),
    )
    return Part("follow_up", "Follow-up", "How long, how complete?", shown)
