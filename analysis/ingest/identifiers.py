"""Refuses columns and values that look like direct identifiers; says where, never what.

A column: its name in the header, or the shape of most of its values: a national number whose check
digits hold, an e-mail address, a telephone number, a street address, a full postcode, a person's
name. A value: an e-mail address anywhere in a cell of text; every cell is looked at. For the shapes
each part of each file is cut into ``STRETCHES`` of equally many records, and up to ``SAMPLE`` cells
that are not empty are taken from each, spread over it by their record number. A column is judged by
all of them, and by each stretch that has ``FEWEST`` different values: an identifier may begin late
in a file. What the protocol's ``deidentification`` forbids beyond that is in ``refuse_by_policy``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import duckdb
import pyarrow.parquet as pq

from analysis.ingest.files import Found
from analysis.ingest.headers import Header, columns_of
from analysis.ingest.national_numbers import NUMBERS
from analysis.ingest.number_text import number_text
from analysis.ingest.records import literal, parquet_types, quoted, text_of, undeclared
from data_schema.refusal import refusal

STRETCHES = 20
SAMPLE = 250
SPREAD = (
    "(file_row_number * 2654435761) & 4294967295"  # Knuth 1973, 6.4: multiplied, cut to 32 bits
)
SHARE = 0.9
FEWEST = 10
OLDEST = 89
NAMES = re.compile(
    r"(^|_)(name|names|surname|forename|firstname|lastname|fullname|maiden|address|street|"
    r"postcode|zip|zipcode|phone|telephone|mobile|fax|email|mail|nhs|ssn|chi|mrn|passport|"
    r"national_id|medicare|cpr|personnummer|fodselsnummer|hetu|bsn|nir|pesel|cpf|ip_address)"
    r"(_|number|no|id|$)"
)
MAIL = re.compile(r"[^@\s,;<>]+@[^@\s,;<>]+\.[a-z]{2,}", re.I)
MAIL_ADDRESS = "an e-mail address"
NUMERIC = ("INTEGER", "BIGINT", "UINTEGER", "UBIGINT", "DOUBLE")
SMALLEST_NUMBER = 100_000_000  # national numbers that are kept as numbers have nine digits or more
HARMLESS = ("BOOLEAN", "DATE", "TIMESTAMP")
SHAPES = {
    MAIL_ADDRESS: re.compile(r"^[^@\s]+@[^@\s]+\.[a-z]{2,}$", re.I),
    "a telephone number": re.compile(
        r"^(\+|00)\d[\d ()-]{7,}$|^0\d{3,4}[ -]\d{5,}$|^\(\d{3}\) ?\d{3}-\d{4}$|^\d{3}-\d{3}-\d{4}$"
    ),
    "a street address": re.compile(
        r"^\d+[a-z]?,? .*\b(street|st|road|rd|avenue|ave|lane|drive|strasse|rua|rue)\b", re.I
    ),
    "a full postcode": re.compile(
        r"^[A-Z]{1,2}\d[A-Z\d]? \d[A-Z]{2}$|^\d{5}-\d{4}$|^[A-Z]\d[A-Z] \d[A-Z]\d$|^\d{4} [A-Z]{2}$"
    ),
    "a person's name": re.compile(r"^[A-Z][a-z'-]+,? [A-Z][a-z'-]+$"),
}


def refuse_identifiers(
    connection: duckdb.DuckDBPyConnection, found: Found, headers: Sequence[Header], folder: Path
) -> None:
    """Check the header of each part of a file, then its columns. Raises ``Refusal``.

    ``folder``: where ``create_record_view`` has put the text of CSV.
    """
    others = undeclared(found, columns_of(headers))
    for number, (part, header) in enumerate(zip(found.parts, headers, strict=True)):
        for name in header:
            if name in others and NAMES.search(name):
                raise refusal("looks like a direct identifier", file=part.name, row=1, column=name)
        text = text_of(found, number, folder)
        for column, sample in _samples(connection, text, header, found.declared.missing).items():
            if what := sample.identifier():
                raise refusal(f"looks like {what}", file=part.name, column=column)


class _Sample(NamedTuple):
    """Values of a column by stretch of the file, and whether an address is in any of its cells."""

    stretches: list[list[str]]
    has_mail: bool

    def identifier(self) -> str:
        if self.has_mail:
            return MAIL_ADDRESS
        full = [values for values in self.stretches if len(set(values)) >= FEWEST]
        whole = [value for values in self.stretches for value in values]
        return next(filter(None, map(identifier_in, [whole, *full])), "")


def _samples(
    connection: duckdb.DuckDBPyConnection, text: Path, header: Header, missing: Sequence[str]
) -> dict[str, _Sample]:
    """Column -> what is taken of it, in one pass over the records in Parquet."""
    kinds = parquet_types(connection, text)
    size = -(-pq.read_metadata(text).num_rows // STRETCHES)
    if not size:
        return {}
    taken = ", ".join(_taken(name, kinds[name], missing) for name in header)
    rows = connection.execute(
        f"SELECT {taken} FROM read_parquet({literal(str(text))}, file_row_number=true) "
        f"GROUP BY file_row_number // {size} ORDER BY file_row_number // {size}"
    ).fetchall()
    columns = list(zip(*rows, strict=True))
    return {
        name: _Sample([_texts(cells) for cells in columns[2 * i]], any(columns[2 * i + 1]))
        for i, name in enumerate(header)
    }


def _taken(name: str, kind: str, missing: Sequence[str]) -> str:
    """SQL of the sample of a column, and of whether an address is in it."""
    if kind in HARMLESS:
        return "NULL, false"
    cell = quoted(name)
    if kind in NUMERIC:
        return f"min_by({cell}, {SPREAD}, {SAMPLE}) FILTER ({cell} >= {SMALLEST_NUMBER}), false"
    cell = cell if kind == "VARCHAR" else f"CAST({cell} AS VARCHAR)"
    empty = ", ".join(literal(word) for word in ("", *missing))
    mail = f"regexp_matches({cell}, {literal(MAIL.pattern)}, 'i')"
    return (
        f"min_by({cell}, {SPREAD}, {SAMPLE}) FILTER ({cell} NOT IN ({empty})), "
        f"bool_or(CASE WHEN contains({cell}, '@') THEN {mail} END)"
    )


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
    for what, shape in SHAPES.items():
        if _most(values, shape.match):
            return what
    distinct = sorted(set(values))
    if len(distinct) >= FEWEST:
        for what, passes in NUMBERS.items():
            if _most(distinct, passes):
                return what
    if any("@" in value and MAIL.search(value) for value in values):
        return MAIL_ADDRESS
    return ""


def _most(values: Sequence[str], passes: Callable[[str], object]) -> bool:
    """Whether ``SHARE`` of the values pass; stops as soon as too many do not."""
    allowed = len(values) - SHARE * len(values)
    failed = 0
    for value in values:
        failed += not passes(value)
        if failed > allowed:
            return False
    return True


def refuse_by_policy(
    connection: duckdb.DuckDBPyConnection, patients: str, policy: str, calendar: bool
) -> None:
    """Birth dates, ages and dates that the protocol's ``deidentification`` forbids.

    ``patients``: a relation of text cells with ``_file`` and ``_row``, before typing.
    ``no_birth_date`` forbids a birth date with month and day; ``safe_harbor`` (45 CFR
    164.514(b)(2)) any part of it below the year, ages over 89, and calendar dates at all.
    """
    if policy == "pseudonymised":
        return
    shape = r"^\d{4}-\d" if policy == "safe_harbor" else r"^\d{4}-\d{2}-\d"
    forbidden = {"birth_date": (f"regexp_matches(birth_date, '{shape}')", "is too exact a birth")}
    if policy == "safe_harbor":
        age = "TRY_CAST(age_at_first_dialysis AS DOUBLE)"
        forbidden["age_at_first_dialysis"] = (f"floor({age}) > {OLDEST}", "is an age over 89")
        if calendar:
            forbidden["first_dialysis_date"] = (
                "first_dialysis_date IS NOT NULL",
                "is a calendar date, which Safe Harbor forbids",
            )
    for column, (condition, what) in forbidden.items():
        first = connection.execute(
            f"SELECT _file, _row FROM {quoted(patients)} WHERE {condition} "
            "ORDER BY _file, _row LIMIT 1"
        ).fetchone()
        if first:
            raise refusal(what, file=first[0], row=first[1], column=column)
