"""Refuses columns that look like direct identifiers; says where, never what.

A name in the header, or the shape of most values of a column: a national number whose check
digits hold, an e-mail address, a telephone number, a street address.
"""

from __future__ import annotations

import re

import duckdb

from analysis.ingest.files import Found
from analysis.ingest.records import quoted, undeclared
from data_schema.refusal import refusal

SAMPLE = 5_000
SHARE = 0.9
NAMES = re.compile(
    r"(^|_)(name|names|surname|forename|firstname|lastname|fullname|maiden|address|street|"
    r"postcode|zip|zipcode|phone|telephone|mobile|email|mail|nhs|ssn|chi|mrn|passport|"
    r"national_id|medicare)(_|number|no|id|$)"
)
SHAPES = {
    "an e-mail address": re.compile(r"^[^@\s]+@[^@\s]+\.[a-z]{2,}$", re.I),
    "a social security number": re.compile(r"^\d{3}-\d{2}-\d{4}$"),
    "a telephone number": re.compile(r"^(\+|00)\d[\d ()-]{7,}$|^0\d{3,4}[ -]\d{5,}$"),
    "a street address": re.compile(
        r"^\d+[a-z]?,? .*\b(street|st|road|rd|avenue|ave|lane|drive|strasse|rua|rue)\b", re.I
    ),
    "a person's name": re.compile(r"^[A-Z][a-z'-]+,? [A-Z][a-z'-]+$"),
}


def refuse_identifiers(
    connection: duckdb.DuckDBPyConnection, found: Found, header: tuple[str, ...]
) -> None:
    """Check the header of a file, then a sample of the columns."""
    file, declared = found.parts[0].name, found.declared
    others = undeclared(found, header)
    for name in others:
        if NAMES.search(name):
            raise refusal("looks like a direct identifier", file=file, row=1, column=name)
    shown = {name: others.get(name, name) for name in header}
    cells = ", ".join(quoted(name) for name in shown.values())
    rows = connection.execute(
        f"SELECT {cells} FROM {quoted(declared.name)} LIMIT {SAMPLE}"
    ).fetchall()
    for column, values in zip(shown, zip(*rows, strict=True), strict=False):
        _refuse_shape(file, column, [v for v in values if v is not None])


def _refuse_shape(file: str, column: str, values: list[str]) -> None:
    if not values:
        return
    for what, shape in SHAPES.items():
        if sum(bool(shape.match(v)) for v in values) >= SHARE * len(values):
            raise refusal(f"looks like {what}", file=file, column=column)
    distinct = set(values)
    if len(distinct) >= 10 and sum(map(_is_nhs_number, distinct)) >= SHARE * len(distinct):
        raise refusal("looks like a national health number", file=file, column=column)


def _is_nhs_number(value: str) -> bool:
    """Ten digits, the last the modulus-11 check of the others."""
    digits = value.replace(" ", "").replace("-", "")
    if len(digits) != 10 or not digits.isdigit():
        return False
    check = 11 - sum(int(d) * w for d, w in zip(digits[:9], range(10, 1, -1), strict=True)) % 11
    return (0 if check == 11 else check) == int(digits[9])
