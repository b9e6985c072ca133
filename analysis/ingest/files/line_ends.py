"""Files with blank lines or with several kinds of line ends: their records, numbered one by one.

DuckDB passes over blank lines, and where line ends differ it miscounts the records that it could
not cut. Such files are rare; they are read once more, record by record.
"""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from data_schema.declarations import SourceFile
from data_schema.refusal import Refusal, refusal

LONGEST_RECORD = 1_000_000
MOST_BROKEN = 1_000_000  # records of one file; with more it is no such file


@dataclass(frozen=True)
class ByHand:
    """The records of a file, the header among them, and (number, rule) of the broken ones.

    ``other_end``: the first record that ends in another way than the header, if one does.
    """

    records: int
    broken: list[tuple[int, str]]
    other_end: int | None


def cut_by_hand(part: Path, declared: SourceFile, cells: int) -> ByHand:
    """Which records are blank or have not ``cells`` cells. Raises ``Refusal``."""
    records, broken, other_end = 1, [], None
    try:
        with gzip.open(part) if part.suffix == ".gz" else part.open("rb") as file:
            found = _records(io.TextIOWrapper(file, declared.encoding, newline=""), declared)
            _, first_end = next(found, (0, ""))
            for records, (length, end) in enumerate(found, start=2):
                if end not in (first_end, "") and other_end is None:
                    other_end = records
                if length != cells:
                    broken.append((records, _rule(length, cells)))
                if len(broken) > MOST_BROKEN:
                    raise too_many_broken(part)
    except UnicodeError:
        raise refusal(f"is not {declared.encoding}", file=part.name) from None
    except csv.Error:
        problem = "has blank lines or mixed line ends, and a record longer than a megabyte"
        raise refusal(problem, file=part.name) from None
    return ByHand(records, broken, other_end)


def _rule(length: int, cells: int) -> str:
    if not length:
        return "blank_record"
    return "too_few_cells" if length < cells else "too_many_cells"


def too_many_broken(part: Path) -> Refusal:
    problem = f"has more than {MOST_BROKEN:,} records that have not the header's number of cells"
    return refusal(problem, file=part.name)


def _records(text: io.TextIOWrapper, declared: SourceFile) -> Iterator[tuple[int, str]]:
    """Cells of each record, none for a blank one, and how it ends."""
    csv.field_size_limit(LONGEST_RECORD)
    last = ""

    def lines() -> Iterator[str]:
        nonlocal last
        for line in _lines(text):
            last = line
            yield line

    rows = csv.reader(
        lines(),
        delimiter=declared.delimiter,
        quotechar=declared.quote,
        skipinitialspace=True,
    )
    for row in rows:
        yield len(row), last[len(last.rstrip("\r\n")) :]


def _lines(text: io.TextIOWrapper) -> Iterator[str]:
    """Lines, none longer than a record may be; ``csv.Error`` where one is."""
    while line := text.readline(LONGEST_RECORD + 1):
        if len(line) > LONGEST_RECORD:
            raise csv.Error
        yield line
