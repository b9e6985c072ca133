"""The slow reader that the ingest is compared with: one character after the other, no engine.

It says what stands in each physical record of a file. It shares no code with the ingest but the
declarations of the tables.
"""

from __future__ import annotations

import gzip
import re
import unicodedata
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from data_schema.declarations import Column, SourceFile, table

PLACEHOLDERS = {date(1900, 1, 1), date(1901, 1, 1), date(9999, 12, 31)}
FIRST_YEAR = 1840
LONGEST_RECORD = 1_000_000
NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")
PLAIN_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?")
SPREADSHEET_NUMBER = re.compile(r"-?[0-9]([.,][0-9]+)?[eE]\+[0-9]{2,}")
LONG_FLOAT = re.compile(r"[0-9]{16,}\.0")
QUOTED_CELL = re.compile(r' *"([^"]*(?:""[^"]*)*)" *(?=[,\r\n]|\Z)')
CLOSED_EARLY = re.compile(r' *"([^"]*(?:""[^"]*)*)"[^",\r\n]*(?=[,\r\n]|\Z)')
NO_CELL = "\x00"  # what follows a closed quote makes no cell
OPEN_QUOTE = re.compile(r' *"')
PLAIN_CELL = re.compile(r"[^,\r\n]*")
COMPARATORS = ("<=", ">=", "<", ">")

Cells = dict[str, Any]


@dataclass(frozen=True)
class Read:
    """What a file holds: for each physical record its cells, or why it can not be used."""

    refused: str = ""
    records: int = 0  # physical ones, the header among them
    sound: dict[int, Cells] = field(default_factory=dict)
    broken: dict[int, str] = field(default_factory=dict)


class BadQuoteError(Exception):
    """A quote that is not closed, or closed before the end of its cell."""


class UnusableError(Exception):
    """A cell that holds nothing its column may hold."""


def read_reference(name: str, content: bytes, declared: SourceFile, data_end: date) -> Read:
    """Read the bytes of a native file of this name; ``refused`` where no record may be used."""
    try:
        text = _text(name, content)
    except (OSError, EOFError, zlib.error, UnicodeDecodeError):
        return Read("cannot be decoded")
    if "\x00" in text:
        return Read("holds a NUL")
    try:
        records = list(physical_records(text))
    except BadQuoteError:
        return Read("has a quote that is not closed, or not at the end of a cell")
    if not records or not records[0][0].strip():
        return Read("has no header")
    header = [cell.strip().lower() for cell in records[0][1]]
    lacking = [c for c in declared.columns if c not in header]
    if lacking or "" in header or len(set(header)) < len(header):
        return Read("the header does not fit", len(records))
    sound, broken = {}, {}
    for number, (record, cells) in enumerate(records[1:], start=2):
        try:
            sound[number] = _record(record, cells, header, declared.name, data_end)
        except UnusableError as reason:
            broken[number] = str(reason)
    return Read("", len(records), sound, broken)


def _text(name: str, content: bytes) -> str:
    if name.endswith(".gz"):
        content = gzip.decompress(content)
    return content.decode("utf-8").removeprefix("\ufeff")


def physical_records(text: str) -> Iterator[tuple[str, list[str]]]:
    """Each record's text and cells, cut at line ends outside quoted cells.

    A quote opens a cell where nothing but blanks stands before it, and closes it where nothing
    but blanks follows; elsewhere it is a character. A blank record has no cells. Raises
    ``BadQuoteError`` for one that is not closed, or not once; one that closes early makes
    ``NO_CELL``.
    """
    start = at = 0
    cells: list[str] = []
    while start < len(text):
        cell, at = _cell_from(text, at)
        cells.append(cell)
        if text[at : at + 1] == ",":
            at += 1
            continue
        yield text[start:at], cells if at > start else []
        at += 2 if text[at : at + 2] == "\r\n" else 1
        start, cells = at, []


def _cell_from(text: str, at: int) -> tuple[str, int]:
    """The cell that begins here, and where it ends."""
    quoted = QUOTED_CELL.match(text, at)
    if quoted:
        return quoted[1].replace('""', '"'), quoted.end()
    early = CLOSED_EARLY.match(text, at)
    if early:
        return NO_CELL, early.end()
    if OPEN_QUOTE.match(text, at):
        raise BadQuoteError
    plain = PLAIN_CELL.match(text, at)
    assert plain is not None
    return plain[0], plain.end()


def _record(record: str, cells: list[str], header: list[str], name: str, data_end: date) -> Cells:
    if len(record.encode()) > LONGEST_RECORD:
        raise UnusableError("too long")
    if NO_CELL in cells:
        raise UnusableError("a quote closes before the end of its cell")
    if len(cells) != len(header):
        raise UnusableError("another number of cells than the header")
    raw = {column: _stripped(cell) or None for column, cell in zip(header, cells, strict=True)}
    typed: Cells = {"_flagged": False}
    for column in table(name).columns:
        _read_cell(column, raw.get(column.name), typed)
    if name == "patients":
        _a_life(typed, data_end)
    return typed


def _stripped(cell: str) -> str:
    """Without the blanks around it: any that Unicode calls a space, no tab and no line end."""
    while cell and unicodedata.category(cell[0]) == "Zs":
        cell = cell[1:]
    while cell and unicodedata.category(cell[-1]) == "Zs":
        cell = cell[:-1]
    return cell


def _a_life(typed: Cells, data_end: date) -> None:
    first, born, died = (typed[c] for c in ("first_dialysis_date", "birth_date", "death_date"))
    is_out = first > data_end or (died and died < first)
    if is_out or (born and not _years_before(first, 120) <= born <= first):
        raise UnusableError("not a life in order")


def _years_before(day: date, years: int) -> date:
    if day.year <= years:
        return date.min
    try:
        return day.replace(year=day.year - years)
    except ValueError:  # no 29 February in that year
        return day.replace(year=day.year - years, day=28)


def _read_cell(column: Column, cell: str | None, typed: Cells) -> None:
    typed[column.name] = None
    if column.type == "bounded_number":
        typed["comparator"] = None
    if cell is None:
        if column.required:
            raise UnusableError(f"{column.name} is missing")
        typed[column.name] = column.default
        return
    _TYPES[column.type](column, cell, typed)


def _word(column: Column, cell: str, typed: Cells) -> None:
    typed[column.name] = cell


def _id(column: Column, cell: str, typed: Cells) -> None:
    long = LONG_FLOAT.fullmatch(cell) and float(cell) >= 2**53
    if long or SPREADSHEET_NUMBER.fullmatch(cell):
        raise UnusableError(f"{column.name} has lost its last digits")
    typed[column.name] = cell


def _code(column: Column, cell: str, typed: Cells) -> None:
    typed[column.name] = cell.replace(".", "").upper()


def _category(column: Column, cell: str, typed: Cells) -> None:
    if cell not in column.values:
        if column.default is None:
            raise UnusableError(f"{column.name} is no such value")
        typed["_flagged"] = True
        cell = column.default
    typed[column.name] = cell


def _number(column: Column, cell: str, typed: Cells) -> None:
    cell = cell.strip(" \t\r\n\v\f")
    if not NUMBER.fullmatch(cell):
        raise UnusableError(f"{column.name} is not a number")
    value = float(cell)
    low, high = column.minimum, column.maximum
    if value in (float("inf"), float("-inf")):
        raise UnusableError(f"{column.name} is not a number")
    if (low is not None and value < low) or (high is not None and value > high):
        raise UnusableError(f"{column.name} is out of bounds")
    typed[column.name] = value


def _bounded(column: Column, cell: str, typed: Cells) -> None:
    sign = next((s for s in COMPARATORS if cell.startswith(s)), "")
    rest = cell[len(sign) :].strip(" \t\r\n\f")
    if not PLAIN_NUMBER.fullmatch(rest) or float(rest) == float("inf"):
        raise UnusableError(f"{column.name} is neither a number nor a bound")
    typed[column.name], typed["comparator"] = float(rest), sign
    typed["_flagged"] |= bool(sign)


def _date(column: Column, cell: str, typed: Cells) -> None:
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", cell):
        raise UnusableError(f"{column.name} is not a date")
    try:
        typed[column.name] = date.fromisoformat(cell)
    except ValueError:
        raise UnusableError(f"{column.name} does not exist") from None
    if typed[column.name].year < FIRST_YEAR:
        raise UnusableError(f"{column.name} is of no time of a patient")
    if typed[column.name] in PLACEHOLDERS:
        raise UnusableError(f"{column.name} is a placeholder")


def _partial_date(column: Column, cell: str, typed: Cells) -> None:
    whole = cell + {4: "-07-01", 7: "-15"}.get(len(cell), "")
    _date(column, whole, typed)


_TYPES = {
    "id": _id,
    "text": _word,
    "code": _code,
    "category": _category,
    "integer": _number,
    "decimal": _number,
    "date": _date,
    "partial_date": _partial_date,
    "bounded_number": _bounded,
}
