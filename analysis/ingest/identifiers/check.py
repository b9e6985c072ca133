"""Refuses columns and values that look like direct identifiers; reports where, never what.

A column: its name in the header, or the shape of most of its values: a national number whose check
digits hold, an e-mail address, a telephone number, a street address, a full postcode, a person's
name. A value: an e-mail address anywhere in a cell of text; every cell is checked, also for a NUL
character, which no text of a table holds and ``line_survey`` finds in CSV alone. For the shapes
each part of each file is cut into ``RANGES`` of equally many records, and up to ``SAMPLE`` cells
that are not empty are taken from each, spread over it by their record number. A column is judged by
all of them, and by each range that has ``FEWEST`` different values: an identifier may begin late
in a file. What the protocol's ``deidentification`` forbids beyond that is in
``identifiers.policy``.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import duckdb
import pyarrow.parquet as pq

from analysis.ingest.files.find_files import FoundFile
from analysis.ingest.files.headers import Header, columns_of
from analysis.ingest.files.number_text import cell_text, number_text
from analysis.ingest.files.records import parquet_types, text_of, undeclared
from analysis.ingest.identifiers.headers import names_identifier
from analysis.ingest.identifiers.national_numbers import NUMBERS, SOME_NUMBER
from analysis.ingest.identifiers.shapes import MAIL_ADDRESS, SHAPES, SOME_SHAPE
from analysis.ingest.sql.quoting import NUMBERED, literal, parquet, quoted
from data_schema.refusal import refusal

RANGES = 20
SAMPLE = 250
SPREAD = (
    "(file_row_number * 2654435761) & 4294967295"  # Knuth 1973, 6.4: multiplied, cut to 32 bits
)
ROUNDS = (2, 32)  # times ``SAMPLE`` records of a range are read, before all of them
PROPORTION = 0.9
FEWEST = 10
MAIL = re.compile(r"[^@\s,;<>]+@[^@\s,;<>]+\.[a-z]{2,}", re.I)
NUMERIC = ("INTEGER", "BIGINT", "UINTEGER", "UBIGINT", "DOUBLE")
SMALLEST_NUMBER = 100_000_000  # national numbers that are kept as numbers have nine digits or more
HARMLESS = ("BOOLEAN", "DATE", "TIMESTAMP")


def refuse_identifiers(
    connection: duckdb.DuckDBPyConnection, found: FoundFile, headers: Sequence[Header], folder: Path
) -> None:
    """Check the header of each part of a file, then its columns. Raises ``Refusal``.

    ``folder``: where ``create_record_view`` has put the text of CSV.
    """
    others = undeclared(found, columns_of(headers))
    for number, (part, header) in enumerate(zip(found.parts, headers, strict=True)):
        for name in header:
            if name in others and names_identifier(name):
                raise refusal("looks like a direct identifier", file=part.name, row=1, column=name)
        text = text_of(found, number, folder)
        for column, sample in _samples(connection, text, header, found.declared.missing).items():
            if problem := sample.problem():
                raise refusal(problem, file=part.name, column=column)


class _Sample(NamedTuple):
    """Values of a column by range of the file, and what any of its cells holds."""

    ranges: list[list[str]]
    has_mail: bool
    has_nul: bool

    def problem(self) -> str:
        if self.has_nul:
            return "holds a NUL character"
        what = MAIL_ADDRESS if self.has_mail else self._identifier()
        return f"looks like {what}" if what else ""

    def _identifier(self) -> str:
        full = [values for values in self.ranges if len(set(values)) >= FEWEST]
        whole = [value for values in self.ranges for value in values]
        return next(filter(None, map(identifier_in, [whole, *full])), "")


def _samples(
    connection: duckdb.DuckDBPyConnection, text: Path, header: Header, missing: Sequence[str]
) -> dict[str, _Sample]:
    """Column -> its sample.

    The cells taken are those of the records that ``SPREAD`` puts first, so a column with enough
    cells in a few of these needs no other; for the sparse ones more are read.
    """
    kinds = parquet_types(connection, text)
    records = pq.read_metadata(text).num_rows
    ranges = _RowRanges(connection, text, -(-records // RANGES))
    if not records:
        return {}
    columns = {name: _Column(name, kinds[name], missing) for name in header}
    checked = [name for name, column in columns.items() if column.cell]
    found: dict[str, list[Sequence]] = {}
    sparse = checked
    proportions = [times * SAMPLE / ranges.size for times in ROUNDS]
    for proportion in (*(one for one in proportions if one < 1), 1.0):
        found |= ranges.sampled([columns[name] for name in sparse], proportion)
        sparse = [n for n in sparse if _lacks_cells(found[n], -(-records // ranges.size))]
    mail, nul = ranges.with_mail_or_nul([columns[name] for name in checked])
    return {
        name: _Sample([_texts(cells) for cells in found.get(name, [])], name in mail, name in nul)
        for name in header
    }


def _lacks_cells(found: Sequence[Sequence | None], ranges: int) -> bool:
    return len(found) < ranges or any(len(cells or ()) < SAMPLE for cells in found)


class _Column:
    """A column of the text: its cell in SQL (nothing where it can hold no identifier)."""

    def __init__(self, name: str, kind: str, missing: Sequence[str]) -> None:
        empty = ", ".join(literal(marker) for marker in ("", *missing))
        self.name = name
        self.is_text = kind not in (*HARMLESS, *NUMERIC)
        self.cell = "" if kind in HARMLESS else quoted(name)
        if self.is_text and kind != "VARCHAR":
            self.cell = cell_text(self.cell, kind)
        self.is_there = (
            f"{self.cell} NOT IN ({empty})" if self.is_text else f"{self.cell} >= {SMALLEST_NUMBER}"
        )


class _RowRanges(NamedTuple):
    """The records of a file in Parquet, ``size`` in each range."""

    connection: duckdb.DuckDBPyConnection
    text: Path
    size: int

    def sampled(self, columns: Sequence[_Column], proportion: float) -> dict[str, list[Sequence]]:
        """Column -> its cells by range, out of a ``proportion`` of the records."""
        if not columns:
            return {}
        cells = ", ".join(  # of what is NULL, none is taken
            f"min_by(CASE WHEN {c.is_there} THEN {c.cell} END, {SPREAD}, {SAMPLE})" for c in columns
        )
        some = "" if proportion >= 1 else f"WHERE {SPREAD} < {int(proportion * 2**32)} "
        rows = self.connection.execute(
            f"SELECT {cells} FROM {self._records} {some}"
            f"GROUP BY file_row_number // {self.size} ORDER BY file_row_number // {self.size}"
        ).fetchall()
        if not rows:
            return {column.name: [()] for column in columns}
        return dict(zip((c.name for c in columns), map(list, zip(*rows, strict=True)), strict=True))

    def with_mail_or_nul(self, columns: Sequence[_Column]) -> tuple[set[str], set[str]]:
        """The columns that hold an address in any of their cells; those that hold a NUL."""
        suspects = [column for column in columns if column.is_text and self._is_suspect(column)]
        if not suspects:
            return set(), set()
        mail = literal(MAIL.pattern)
        tests = [
            f"bool_or(CASE WHEN contains({c.cell}, '@') THEN regexp_matches({c.cell}, {mail}, 'i') "
            f"END), bool_or(contains({c.cell}, chr(0)))"
            for c in suspects
        ]
        row = self.connection.execute(f"SELECT {', '.join(tests)} FROM {self._records}").fetchone()
        found = list(row or ())
        with_mail = {c.name for c, is_so in zip(suspects, found[::2], strict=True) if is_so}
        with_nul = {c.name for c, is_so in zip(suspects, found[1::2], strict=True) if is_so}
        return with_mail, with_nul

    def _is_suspect(self, column: _Column) -> bool:
        """Whether any cell holds a character without which there is neither address nor NUL.

        Evaluated on every cell, so by a test of one column alone, which the engine makes once for
        each value of a dictionary.
        """
        any_of = f"contains({column.cell}, '@') OR contains({column.cell}, chr(0))"
        first = f"SELECT 1 FROM {self._records} WHERE {any_of} LIMIT 1"
        return bool(self.connection.execute(first).fetchall())

    @property
    def _records(self) -> str:
        return parquet(self.text, NUMBERED)


def _texts(cells: Sequence[object] | None) -> list[str]:
    shown = (
        number_text(cell) if isinstance(cell, float) else str(cell).strip()
        for cell in cells or ()
        if cell is not None
    )
    return [text for text in shown if text]


def identifier_in(values: Sequence[str]) -> str:
    """What kind of direct identifier the values of a column are; empty where none.

    Checksummed numbers need ten different values, since one may pass by chance.
    """
    if not values:
        return ""
    counts = Counter(values)
    if _most(counts, SOME_SHAPE.match):
        for what, shape in SHAPES.items():
            if _most(counts, shape.match):
                return what
    distinct = Counter(counts.keys())
    if len(distinct) >= FEWEST and _most(distinct, SOME_NUMBER.fullmatch):
        for what, passes in NUMBERS.items():
            if _most(distinct, passes):
                return what
    if any("@" in value and MAIL.search(value) for value in counts):
        return MAIL_ADDRESS
    return ""


def _most(counts: Counter[str], passes: Callable[[str], object]) -> bool:
    """Whether ``PROPORTION`` of the values pass; stops as soon as too many do not.

    A value is asked once, however often it stands there.
    """
    whole = counts.total()
    allowed = whole - PROPORTION * whole
    failed = 0
    for value, times in counts.items():
        failed += 0 if passes(value) else times
        if failed > allowed:
            return False
    return True
