"""Rules of a protocol's ``deidentification`` beyond direct identifiers; reports where, not what.

``no_birth_date`` forbids a birth date with month and day; ``safe_harbor`` (45 CFR 164.514(b)(2))
any part of it below the year, ages over 89 and years that reveal one, and calendar dates at all.
Both forbid a column that no source reads and whose name is that of a birth date.
"""

from __future__ import annotations

from collections.abc import Sequence

import duckdb

from analysis.ingest.files.find_files import FoundFile
from analysis.ingest.files.headers import Header, columns_of
from analysis.ingest.files.records import undeclared
from analysis.ingest.identifiers.headers import names_birth_date
from analysis.ingest.sql.quoting import quoted
from data_schema.refusal import refusal

OLDEST = 89
AGE = "TRY_CAST(age_at_first_dialysis AS DOUBLE)"
# of years alone an age is known to within one: who may be 90 is over 89
YEARS = (
    "TRY_CAST(left(first_dialysis_date, 4) AS INTEGER) - TRY_CAST(left(birth_date, 4) AS INTEGER)"
)
Forbidden = tuple[str, str, str]  # column, condition, what it is


def refuse_birth_columns(found: FoundFile, headers: Sequence[Header], policy: str) -> None:
    """Raises ``Refusal`` for a column beside the declared ones that is named as a birth date."""
    if policy == "pseudonymised":
        return
    others = undeclared(found, columns_of(headers))
    for part, header in zip(found.parts, headers, strict=True):
        for name in header:
            if name in others and names_birth_date(name):
                problem = f"looks like a date of birth, which {policy} forbids"
                raise refusal(problem, file=part.name, row=1, column=name)


def refuse_by_policy(
    connection: duckdb.DuckDBPyConnection, patients: str, policy: str, calendar: bool
) -> None:
    """Raises ``Refusal`` at the first cell of a kind that is forbidden.

    ``patients``: a relation of text cells with ``_file`` and ``_row``, before typing.
    """
    for column, condition, what in _forbidden(policy, calendar):
        first = connection.execute(
            f"SELECT _file, _row FROM {quoted(patients)} WHERE {condition} "
            "ORDER BY _file, _row LIMIT 1"
        ).fetchone()
        if first:
            raise refusal(what, file=first[0], row=first[1], column=column)


def _forbidden(policy: str, calendar: bool) -> list[Forbidden]:
    if policy == "pseudonymised":
        return []
    shape = r"^\d{4}-\d" if policy == "safe_harbor" else r"^\d{4}-\d{2}-\d"
    found = [("birth_date", f"regexp_matches(birth_date, '{shape}')", "is too exact a birth")]
    if policy != "safe_harbor":
        return found
    found += [
        ("age_at_first_dialysis", f"floor({AGE}) > {OLDEST}", "is an age over 89"),
        (
            "birth_date",
            f"{AGE} IS NULL AND {YEARS} > {OLDEST}",
            "is the year of an age over 89 at first dialysis",
        ),
    ]
    if calendar:
        says = "is a calendar date, which Safe Harbor forbids"
        found.append(("first_dialysis_date", "first_dialysis_date IS NOT NULL", says))
    return found
