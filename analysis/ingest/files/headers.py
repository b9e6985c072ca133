"""Headers of a file and of its parts, compared with what the source declares."""

from __future__ import annotations

import codecs
import csv
import gzip
import re
import zlib
from collections.abc import Iterable, Sequence
from itertools import pairwise
from os import SEEK_END
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from analysis.ingest.files.find_files import FoundFile
from data_schema.declarations import SourceFile
from data_schema.refusal import Refusal, refusal
from data_schema.results import Estimate

LONGEST_HEADER = 100_000
LONG_COLUMN = 1 << 26  # bytes of one column in a row group, from which its cells may not be long
LONGEST_CELLS = 1_000  # bytes on average
BYTE_ORDER_MARKS = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
RESERVED = "file_row_number"  # the engine's own column
PARQUET_END = 8  # bytes: the length of the metadata, and PAR1


Header = tuple[str, ...]


def read_headers(found: FoundFile) -> tuple[Header, ...]:
    """Column names of each part of a file; every declared column among them.

    Names are compared without case or surrounding blanks. Yearly parts may differ in order and in
    the columns that the source can do without, the parts of a folder may not. Raises ``Refusal``.
    """
    headers = tuple(_header(part, found) for part in found.parts)
    for part, header in zip(found.parts, headers, strict=True):
        _require_columns(found, part, header)
    if not found.declared.by_year:
        for (first, other), part in zip(pairwise(headers), found.parts[1:], strict=True):
            if first != other:
                raise refusal("has another header than the part before it", file=part.name, row=1)
    return headers


def columns_of(headers: Iterable[Header]) -> Header:
    """The columns of a file: those of any of its parts, in the order in which they turn up."""
    return tuple(dict.fromkeys(name for header in headers for name in header))


def columns_of_some_parts(found: FoundFile, headers: Sequence[Header]) -> list[Estimate]:
    """A statement for each column that the source reads and only some parts of the file have."""
    read = {name.lower() for name in found.declared.optional_columns}
    return [
        Estimate(
            "quality",
            "statement",
            population="extract",
            strata=f"file={part.name}",
            term=name,
            status="flagged",
            reason=f"{part.name} has no column {name}, which other years of the file have: "
            "read as empty.",
        )
        for part, header in zip(found.parts, headers, strict=True)
        for name in columns_of(headers)
        if name in read and name not in header
    ]


def _header(part: Path, found: FoundFile) -> Header:
    names = _parquet_header(part) if found.is_parquet else _csv_header(part, found.declared)
    return tuple(name.strip().lower() for name in names)


def _parquet_header(part: Path) -> list[str]:
    """The names; and no column's cells may be so long that a block of them fills the memory."""
    try:
        about = pq.read_metadata(part)
        schema = about.schema.to_arrow_schema()
    except Exception:
        raise refusal("is not a whole Parquet file", file=part.name) from None
    _refuse_signed(part, about.serialized_size)
    for field in schema:
        if field.name != field.name.strip() and field.name.strip():
            problem = "its name begins or ends with a blank"
            raise refusal(problem, file=part.name, column=field.name.strip().lower())
        if pa.types.is_float16(field.type):
            problem = "is of numbers of two bytes, too short to be exact"
            raise refusal(problem, file=part.name, column=field.name.lower())
    for group in map(about.row_group, range(about.num_row_groups)):
        for column in map(group.column, range(group.num_columns)):
            size = column.total_uncompressed_size
            if size > LONG_COLUMN and size > LONGEST_CELLS * group.num_rows:
                problem = f"has cells of more than {LONGEST_CELLS:,} bytes on average"
                raise refusal(problem, file=part.name, column=column.path_in_schema.lower())
    return schema.names


def _refuse_signed(part: Path, size: int) -> None:
    """The metadata of an encrypted file may be open; then a signature follows it.

    The library that reads it does not refuse its columns: it ends the process.
    """
    with part.open("rb") as file:
        file.seek(-PARQUET_END, SEEK_END)
        length = int.from_bytes(file.read(4), "little")
    if length != size:
        raise refusal("is encrypted", file=part.name)


def _csv_header(part: Path, declared: SourceFile) -> list[str]:
    line = _first_line(part, declared)
    if not line.strip():
        raise refusal("has no header: it is empty, or its first line is", file=part.name)
    try:
        return next(
            csv.reader([line], delimiter=declared.delimiter, quotechar=declared.quote, strict=True)
        )
    except csv.Error:
        raise refusal("has a quote or a line break within a name", file=part.name, row=1) from None


def _first_line(part: Path, declared: SourceFile) -> str:
    try:
        with gzip.open(part) if part.suffix == ".gz" else part.open("rb") as file:
            raw = file.read(LONGEST_HEADER)
    except (OSError, EOFError, zlib.error):
        raise refusal("cannot be read", file=part.name) from None
    found = BYTE_ORDER_MARKS.get(raw[:2], declared.encoding)
    if found != declared.encoding:
        raise refusal(f"is {found}, the source says {declared.encoding}", file=part.name, row=1)
    try:
        # strict, but for a character that the end of what was read cuts in two
        decoder = codecs.getincrementaldecoder(declared.encoding)()
        text = decoder.decode(raw, final=len(raw) < LONGEST_HEADER)
    except UnicodeDecodeError as error:
        row = raw[: error.start].count(b"\n") + 1
        raise refusal(f"is not {declared.encoding}", file=part.name, row=row) from None
    # not splitlines, which also cuts where no reader of CSV does
    line, *rest = re.split("\r\n|\r|\n", text.removeprefix("\ufeff"), maxsplit=1)
    if not rest and len(raw) == LONGEST_HEADER:
        problem = f"the header is longer than {LONGEST_HEADER:,} bytes"
        raise refusal(problem, file=part.name, row=1)
    return line


def _require_columns(found: FoundFile, part: Path, header: Header) -> None:
    file = part.name
    if "" in header:
        raise refusal(f"column {header.index('') + 1} has no name", file=file, row=1)
    if any("\x00" in name for name in header):
        raise refusal("holds a NUL character", file=file, row=1)
    if RESERVED in header:
        problem = "is a name that the engine keeps for itself: rename the column"
        raise refusal(problem, file=file, row=1, column=RESERVED)
    repeated = [name for i, name in enumerate(header) if name in header[:i]]
    if repeated:
        raise refusal("stands in the header twice", file=file, row=1, column=repeated[0])
    missing = [name for name in found.declared.columns if name.lower() not in header]
    if missing:
        raise Refusal(f"{file}, row 1: the header lacks {', '.join(missing)}")
