"""Tables of the generated pages, in Markdown."""

from __future__ import annotations

from collections.abc import Iterable


def markdown_table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """Head, rule and rows, without a line break at the end; a bar in a cell does not end it."""
    cells = tuple(head)
    return "\n".join(_row(line) for line in (cells, ("---" for _ in cells), *rows))


def _row(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
