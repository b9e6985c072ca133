"""Files with blank lines or with several kinds of line ends: their records, numbered one by one.

DuckDB passes over blank lines, and where line ends differ it miscounts the records that it could
not cut. Such files are rare; they are read once more, record by record.
"""

from __future__ import annotations

import csv
import gzip
import io
import zlib
from collections.abc import Iterator
from pathlib import Path

from data_schema.declarations import SourceFile
from data_schema.refusal import refusal

LONGEST_RECORD = 1_000_000
READ_BYTES = 1 << 22
BLANK_LINES = (b"\n\n", b"\r\r", b"\r\n\r\n")


def broken_by_hand(
    part: Path, declared: SourceFile, cells: int, whole: int
) -> list[tuple[int, str]] | None:
    """(number, rule) of the records that are blank or have not ``cells`` cells.

    None where every line ends alike and none is blank. ``whole``: records that DuckDB has cut.
    Raises ``Refusal`` where the two do not agree on how many there are.
    """
    try:
        if not _is_odd(part):
            return None
        with gzip.open(part) if part.suffix == ".gz" else part.open("rb") as file:
            lengths = list(
                _lengths(io.TextIOWrapper(file, declared.encoding, newline=""), declared)
            )
    except (OSError, EOFError, zlib.error, UnicodeError):
        raise refusal("cannot be read as declared", file=part.name) from None
    except csv.Error:
        problem = "has blank lines or mixed line ends, and a record longer than a megabyte"
        raise refusal(problem, file=part.name) from None
    broken = [
        (number, "blank_record" if not n else f"too_{'few' if n < cells else 'many'}_cells")
        for number, n in enumerate(lengths[1:], start=2)
        if n != cells
    ]
    if whole + len(broken) != len(lengths) - 1:
        problem = "has mixed line ends, and where its records end is not certain"
        raise refusal(problem, file=part.name)
    return broken


def _lengths(text: io.TextIOWrapper, declared: SourceFile) -> Iterator[int]:
    """Cells of each record, none for a blank one."""
    csv.field_size_limit(LONGEST_RECORD)
    rows = csv.reader(
        _lines(text),
        delimiter=declared.delimiter,
        quotechar=declared.quote,
        skipinitialspace=True,
    )
    return map(len, rows)


def _lines(text: io.TextIOWrapper) -> Iterator[str]:
    """Lines, none longer than a record may be; ``csv.Error`` where one is."""
    while line := text.readline(LONGEST_RECORD + 1):
        if len(line) > LONGEST_RECORD:
            raise csv.Error
        yield line


def _is_odd(part: Path) -> bool:
    """Whether a line is blank or lines end in several ways, looked for a block at a time."""
    kinds: set[bytes] = set()
    before = b""
    with gzip.open(part) if part.suffix == ".gz" else part.open("rb") as file:
        while block := file.read(READ_BYTES):
            text = before[-3:] + block.replace(b"\x00", b"")
            if any(blank in text for blank in BLANK_LINES):
                return True
            kinds |= _kinds(text[:-1] if text.endswith(b"\r") else text)
            before = text
    kinds |= _kinds(before[-1:])
    return len(kinds) > 1


def _kinds(text: bytes) -> set[bytes]:
    """Kinds of line ends. A block that begins within one was looked at with its beginning."""
    both = text.count(b"\r\n")
    counts = {
        b"\r\n": both,
        b"\n": text.count(b"\n") - both - text.startswith(b"\n"),
        b"\r": text.count(b"\r") - both,
    }
    return {kind for kind, n in counts.items() if n > 0}
