"""Survey of the bytes of a text file, before an engine cuts it.

A NUL character, a line or a quoted cell without an end, a gzip file that swells without bound:
each is refused as soon as it is met, in memory of a few blocks. Noted on the way: whether
lines end in one way and none is blank (``line_ends`` reads the others record by record), and, where
no cell is quoted, how many records an engine must find.
"""

from __future__ import annotations

import gzip
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from data_schema.declarations import SourceFile
from data_schema.refusal import refusal

BLOCK = 1 << 22
LONGEST_LINE = BLOCK  # bytes; a longer one never lies within one block
LONGEST_QUOTE = BLOCK  # bytes from a quote that opens a cell to the next quote
TRUSTED_TEXT = 1 << 26  # bytes; the first of them may be of any ratio
MOST_SWELLING = 250  # bytes of text a byte of gzip; DEFLATE can 1,032, tables of people 5 to 50
LINE_END = re.compile(rb"[\r\n]")
BLANK = re.compile(rb"\n\n")  # faster than ``in``, which is slow among many line ends


@dataclass(frozen=True)
class LineSurvey:
    """``is_odd``: a line is blank, or they end in several ways.

    ``records``: how many there are, the header among them; None where cells are quoted.
    """

    is_odd: bool
    records: int | None


def survey_lines(part: Path, declared: SourceFile) -> LineSurvey:
    """Scan every byte. Raises ``Refusal`` for a file that is not a table of text to its end."""
    survey = _Survey(part, declared)
    try:
        for block in _blocks(part):
            survey.scan(block)
    except (OSError, EOFError, zlib.error):
        raise refusal("cannot be read", file=part.name) from None
    return survey.result()


def _blocks(part: Path) -> Iterator[bytes]:
    """The text of a file, a block at a time. Raises ``Refusal`` where gzip swells too much."""
    with part.open("rb") as raw:
        if part.suffix != ".gz":
            while block := raw.read(BLOCK):
                yield block
            return
        text = 0
        with gzip.GzipFile(fileobj=raw) as file:
            while block := file.read(BLOCK):
                text += len(block)
                if text > TRUSTED_TEXT and text > MOST_SWELLING * raw.tell():
                    problem = f"swells to more than {MOST_SWELLING} times its size"
                    raise refusal(problem, file=part.name)
                yield block


@dataclass
class _Survey:
    """What the blocks so far have shown, and how they ended."""

    part: Path
    declared: SourceFile
    kinds: set[bytes] = field(default_factory=set)  # of line ends
    has_blank: bool = False
    line_feeds: int = 0
    returns: int = 0
    line_bytes: int = 0  # since the last line end
    quotes: int = 0
    quote_bytes: int | None = None  # since a quote that opens a cell; None: no cell is open
    before: bytes = b""

    def result(self) -> LineSurvey:
        is_odd = self.has_blank or len(self.kinds | _kinds(self.before[-1:])) > 1
        last = self.before[-1:] not in (b"", b"\n", b"\r")
        records = max(self.line_feeds, self.returns) + last
        is_counted = not (is_odd or self.quotes or self.declared.encoding == "utf-16")
        return LineSurvey(is_odd, records if is_counted else None)

    def scan(self, block: bytes) -> None:
        if self.declared.encoding == "utf-16":
            block = block.replace(b"\x00", b"")
        elif (at := block.find(b"\x00")) >= 0:
            raise self._refused("holds a NUL character", block[:at])
        self._measure_lines(block)
        self._measure_quotes(block)
        text = self.before + block
        self.has_blank = self.has_blank or _has_blank(text)
        self.kinds |= _kinds(text[:-1] if text.endswith(b"\r") else text)
        self.line_feeds += block.count(b"\n")
        if b"\r" in block:  # a search is far faster than a count
            self.returns += block.count(b"\r")
        self.before = text[-3:]

    def _measure_lines(self, block: bytes) -> None:
        first = LINE_END.search(block)
        self.line_bytes += first.start() if first else len(block)
        if self.line_bytes > LONGEST_LINE:
            raise self._refused(f"a line is longer than {LONGEST_LINE >> 20} megabytes")
        if first:
            self.line_bytes = len(block) - 1 - max(block.rfind(b"\n"), block.rfind(b"\r"))

    def _measure_quotes(self, block: bytes) -> None:
        quote = self.declared.quote.encode()
        first, last = block.find(quote), block.rfind(quote)
        if self.quote_bytes is not None:
            self.quote_bytes += first if first >= 0 else len(block)
            if self.quote_bytes > LONGEST_QUOTE:
                raise self._refused("a quote is opened and never closed")
        if first < 0:
            return
        self.quotes += block.count(quote)
        ahead = (self.before + block[:last]).rstrip(b" ")[-1:]
        is_open = self.quotes % 2 and ahead in (b"", b"\n", b"\r", self.declared.delimiter.encode())
        self.quote_bytes = len(block) - last if is_open else None

    def _refused(self, rule: str, ahead: bytes = b"") -> Exception:
        ends = (self.line_feeds + ahead.count(b"\n"), self.returns + ahead.count(b"\r"))
        return refusal(rule, file=self.part.name, row=max(ends) + 1)


def _has_blank(text: bytes) -> bool:
    return bool(BLANK.search(text)) or (b"\r" in text and (b"\r\r" in text or b"\r\n\r\n" in text))


def _kinds(text: bytes) -> set[bytes]:
    """Kinds of line ends. A block that begins within one was read with its beginning."""
    if b"\r" not in text:
        return {b"\n"} if text.find(b"\n", 1) > 0 else set()
    both = text.count(b"\r\n")
    counts = {
        b"\r\n": both,
        b"\n": text.count(b"\n") - both - text.startswith(b"\n"),
        b"\r": text.count(b"\r") - both,
    }
    return {kind for kind, n in counts.items() if n > 0}
