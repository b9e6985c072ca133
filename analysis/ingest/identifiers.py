"""Refuses columns and values that look like direct identifiers; says where, never what.

A column: its name in the header, or the shape of most of its values: a national number whose check
digits hold, an e-mail address, a telephone number, a street address, a full postcode, a person's
name. A value: an e-mail address anywhere in a cell. Looked at are the first ``SAMPLE`` records of
each part of each file. What the protocol's ``deidentification`` forbids beyond that is in
``refuse_by_policy``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

import duckdb

from analysis.ingest.files import Found
from analysis.ingest.headers import Header, columns_of
from analysis.ingest.national_numbers import NUMBERS
from analysis.ingest.records import literal, quoted, undeclared
from data_schema.refusal import refusal

SAMPLE = 5_000
SHARE = 0.9
FEWEST_NUMBERS = 10
OLDEST = 89
NAMES = re.compile(
    r"(^|_)(name|names|surname|forename|firstname|lastname|fullname|maiden|address|street|"
    r"postcode|zip|zipcode|phone|telephone|mobile|fax|email|mail|nhs|ssn|chi|mrn|passport|"
    r"national_id|medicare|cpr|personnummer|fodselsnummer|hetu|bsn|nir|pesel|cpf|ip_address)"
    r"(_|number|no|id|$)"
)
MAIL = re.compile(r"[^@\s,;<>]+@[^@\s,;<>]+\.[a-z]{2,}", re.I)
SHAPES = {
    "an e-mail address": re.compile(r"^[^@\s]+@[^@\s]+\.[a-z]{2,}$", re.I),
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
    connection: duckdb.DuckDBPyConnection, found: Found, headers: Sequence[Header]
) -> None:
    """Check the header of each part of a file, then a sample of its columns. Raises ``Refusal``."""
    others = undeclared(found, columns_of(headers))
    for part, header in zip(found.parts, headers, strict=True):
        for name in header:
            if name in others and NAMES.search(name):
                raise refusal("looks like a direct identifier", file=part.name, row=1, column=name)
        shown = {name: others.get(name, name) for name in header}
        cells = ", ".join(quoted(name) for name in shown.values())
        rows = connection.execute(
            f"SELECT {cells} FROM {quoted(found.declared.name)} "
            f"WHERE _file = {literal(part.name)} LIMIT {SAMPLE}"
        ).fetchall()
        for column, values in zip(shown, zip(*rows, strict=True), strict=False):
            if what := identifier_in([v for v in values if v is not None]):
                raise refusal(f"looks like {what}", file=part.name, column=column)


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
    if len(distinct) >= FEWEST_NUMBERS:
        for what, passes in NUMBERS.items():
            if _most(distinct, passes):
                return what
    if any("@" in value and MAIL.search(value) for value in values):
        return "an e-mail address"
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
