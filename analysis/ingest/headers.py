"""The first line of a file: is it the file that the source declares?"""

from __future__ import annotations

import csv
import gzip
import re
import zlib
from itertools import pairwise
from pathlib import Path

import pyarrow.parquet as pq

from analysis.ingest.files import Found
from data_schema.declarations import SourceFile
from data_schema.refusal import Refusal, refusal

LONGEST_HEADER = 100_000
BYTE_ORDER_MARKS = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}


def read_headers(found: Found) -> tuple[str, ...]:
    """Column names of a file, equal in all its parts; every declared column among them.

    Names are compared without case or surrounding blanks. Raises ``Refusal``.
    """
    headers = [_header(part, found) for part in found.parts]
    for (_, first), (part, other) in pairwise(zip(found.parts, headers, strict=True)):
        if first != other:
            raise refusal("has another header than the part before it", file=part.name, row=1)
    _require_columns(found, headers[0])
    return headers[0]


def _header(part: Path, found: Found) -> tuple[str, ...]:
    if found.is_parquet:
        try:
            names = pq.read_schema(part).names
        except Exception:
            raise refusal("is not a whole Parquet file", file=part.name) from None
    else:
        names = _csv_header(part, found.declared)
    return tuple(name.strip().lower() for name in names)


def _csv_header(part: Path, declared: SourceFile) -> list[str]:
    line = _first_line(part, declared)
    if not line.strip():
        raise refusal("is empty: not even a header", file=part.name)
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
        text = raw.decode(
            declared.encoding, errors="strict" if len(raw) < LONGEST_HEADER else "ignore"
        )
    except UnicodeDecodeError as error:
        row = raw[: error.start].count(b"\n") + 1
        raise refusal(f"is not {declared.encoding}", file=part.name, row=row) from None
    if "\x00" in text:
        row = text[: text.index("\x00")].count("\n") + 1
        raise refusal("holds a NUL character", file=part.name, row=row)
    # not splitlines, which also cuts where no reader of CSV does
    return re.split("\r\n|\r|\n", text.removeprefix("\ufeff"), maxsplit=1)[0]


def _require_columns(found: Found, header: tuple[str, ...]) -> None:
    file = found.parts[0].name
    if "" in header:
        raise refusal(f"column {header.index('') + 1} has no name", file=file, row=1)
    repeated = [name for i, name in enumerate(header) if name in header[:i]]
    if repeated:
        raise refusal("stands in the header twice", file=file, row=1, column=repeated[0])
    missing = [name for name in found.declared.columns if name.lower() not in header]
    if missing:
        raise Refusal(f"{file}, row 1: the header lacks {', '.join(missing)}")
