"""What a part of the page is made of. Plain data: pages, files and tests read the same blocks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

LONGEST_OPEN = 14  # rows a reader meets without asking for them


@dataclass(frozen=True)
class Paragraph:
    kind: ClassVar[str] = "paragraph"
    text: str


@dataclass(frozen=True)
class Absence:
    """Why there is nothing here, or less than a reader would expect."""

    kind: ClassVar[str] = "absence"
    text: str


@dataclass(frozen=True)
class Listing:
    kind: ClassVar[str] = "listing"
    title: str
    items: tuple[str, ...]


@dataclass(frozen=True)
class Answer:
    """A question of the verdict: its number, the caveat that matters most, what else to know."""

    kind: ClassVar[str] = "answer"
    question: str
    headline: str
    sentences: tuple[str, ...]
    items: tuple[str, ...] = ()
    caveat: str = ""


@dataclass(frozen=True)
class KeyNumbers:
    kind: ClassVar[str] = "key_numbers"
    pairs: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Code:
    kind: ClassVar[str] = "code"
    text: str


@dataclass(frozen=True)
class Drawing:
    """A figure: ``svg`` is the file as it stands alone, ``alt`` what it shows, in words."""

    kind: ClassVar[str] = "drawing"
    name: str
    caption: str
    alt: str
    svg: str


@dataclass(frozen=True)
class Column:
    head: str
    align: Literal["text", "number", "interval"] = "text"
    unit: str = ""
    leads_to_part: bool = False  # its cells name parts of the page


@dataclass(frozen=True)
class TableRow:
    cells: tuple[str, ...]
    role: Literal["row", "group", "indented"] = "row"


@dataclass(frozen=True)
class Table:
    kind: ClassVar[str] = "table"
    name: str
    caption: str
    columns: tuple[Column, ...]
    rows: tuple[TableRow, ...]
    notes: tuple[str, ...] = ()
    in_page: bool = True  # too long to read: its file alone
    fold: bool = False  # repeats a figure, or is for the referee: behind a summary

    @property
    def folded(self) -> bool:
        return self.fold or (len(self.rows) > LONGEST_OPEN and self.name != "table_1")


Block = Paragraph | Absence | Listing | Answer | KeyNumbers | Code | Drawing | Table


@dataclass(frozen=True)
class Part:
    """One part of the page, in the order a reader meets them."""

    id: str
    title: str
    question: str
    blocks: tuple[Block, ...]
    supplement: tuple[Block, ...] = ()  # what was released and is shown by nothing above

    def of(self, kind: type) -> list:
        return [block for block in (*self.blocks, *self.supplement) if isinstance(block, kind)]


def paragraphs(texts: Sequence[str]) -> list[Block]:
    """One paragraph of the sentences given; none where there are none."""
    return [Paragraph(" ".join(texts))] if texts else []


def present(*blocks: Block | None) -> tuple[Block, ...]:
    """The blocks that exist."""
    return tuple(block for block in blocks if block is not None)
