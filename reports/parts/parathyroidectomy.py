"""What happens after parathyroidectomy?"""

from __future__ import annotations

from reports.blocks import Part, paragraphs, present
from reports.figures import parathyroidectomy as figure
from reports.metadata import Metadata
from reports.parts.presence import absence, has_numbers, refused
from reports.rows import Rows
from reports.tables import parathyroidectomy as tables
from reports.text import parathyroidectomy as text


def part(rows: Rows, metadata: Metadata) -> Part:
    title, question = "Parathyroidectomy", "What then?"
    found = present(
        *paragraphs([*text.operated(rows), *(text.resolved(rows) or text.why_not(rows))]),
        figure.draw(rows),
        tables.labs(rows, metadata),
        tables.resolution(rows, metadata),
    )
    if not has_numbers(rows, "what_then"):
        found = (*absence("what_then", rows, metadata), *found)
    else:
        found = (*found, *refused("what_then", rows))
    return Part("parathyroidectomy", title, question, found)
