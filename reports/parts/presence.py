"""Whether a part has numbers; the sentence in its place where it has none."""

from __future__ import annotations

from reports.blocks import Absence, Block
from reports.metadata import Metadata
from reports.rows import Rows, has_number
from reports.text import absent


def has_numbers(rows: Rows, question: str, *measures: str) -> bool:
    """Whether any row of the question (of these measures, if named) may be shown."""
    found = [row for row in rows.where(question=question) if row.measure != "published"]
    return any(has_number(row) for row in found if not measures or row.measure in measures)


def absence(question: str, rows: Rows, metadata: Metadata) -> list[Block]:
    """Why the part is empty."""
    return [Absence(text) for text in absent.why_absent(question, rows, metadata)]


def refused(question: str, rows: Rows) -> list[Block]:
    """What could not be answered within a part that has numbers."""
    return [Absence(text) for text in absent.statements(question, rows)]
