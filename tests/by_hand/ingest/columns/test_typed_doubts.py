"""Rules of a cell are asked of records in doubt only: whatever breaks a rule must be in doubt."""

from __future__ import annotations

from random import Random

import duckdb
import pytest

from analysis.ingest.columns.column_types import in_doubt, typed_column, typed_select
from analysis.ingest.sql.quoting import quoted
from data_schema.declarations import Column, select_statements, table

KINDS = {
    column.type + str(bool(column.default)) + str(column.required): column
    for name in select_statements("native")
    for column in table(name).columns
}
ODD = "0123456789-+/.:,eE_ <>=()TZBCabc\u0660\u00bd\u200b\t"
FORMS = [
    *("2011-02-03", "2011-2-3", "2011/02/03", "2011 02 03", "20110203", "-201-02-03", "+201-02-03"),
    *(
        "2011-02-30",
        "0000-01-01",
        "0000-02-30",
        "0012-06-01",
        "1839-12-31",
        "1840-01-01",
        "1900-01-01",
        "9999-12-31",
        "12011-02-0",
        "2011-02",
    ),
    *(
        "2011-02-03 (BC)",
        "2011-02-03T00:00:00",
        "infinity",
        "epoch",
        "2011-02-3 ",
        "2011-02-3\t",
        "2011-1 -01",
    ),
    *(
        "1.5",
        "<0.3",
        ">= 40",
        "1e3",
        "inf",
        "nan",
        "-0.5",
        "1_000",
        "1.",
        ".5",
        "0x1F",
        "1,5",
        "-1",
    ),
    *("007", "1.2345678901234568e+16", "1e16", "12345678901234567.0", "9007199254740992.0", "7.0"),
    *("pth", "PTH", "pre", "HD", "F", "unknown", "", "x" * 300, "yes", "2011", "C0", "mmol/L"),
]


def texts(n: int) -> list[str | None]:
    """Forms that a cell may have, and what a few slips make of them."""
    random = Random(20261129)
    found: list[str | None] = [None, *FORMS]
    for _ in range(n):
        cells = list(random.choice(FORMS))
        for _ in range(random.randint(1, 3)):
            at = random.randint(0, len(cells))
            cells[at : at + random.randint(0, 2)] = random.choice(["", random.choice(ODD)])
        found.append("".join(cells).strip())
    return found


@pytest.fixture(scope="module")
def connection():
    with duckdb.connect() as own:
        own.execute("CREATE TABLE cells (cell VARCHAR)")
        own.executemany("INSERT INTO cells VALUES (?)", [[text] for text in texts(6_000)])
        yield own


@pytest.mark.parametrize("column", KINDS.values(), ids=KINDS.keys())
def test_what_breaks_a_rule_is_in_doubt(connection, column: Column) -> None:
    typed = typed_column(column)
    if not typed.rules:
        assert typed.doubts == ()
        return
    broken = " OR ".join(f"coalesce({condition}, false)" for _, condition in typed.rules)
    broken = f"({broken})"
    doubt = f"coalesce({in_doubt({column.name: typed})}, false)"
    rows = connection.execute(
        f"SELECT count(*) FILTER ({broken}), count(*) FILTER ({broken} AND NOT {doubt}), "
        f"min({quoted(column.name)}) FILTER ({broken} AND NOT {doubt}) "
        f"FROM (SELECT cell AS {quoted(column.name)} FROM cells)"
    ).fetchone()
    assert rows[0] > 0
    assert rows[1:] == (0, None)


def test_a_table_without_rules_has_no_record_in_doubt() -> None:
    bare = table("centres").model_copy(update={"columns": (), "rules": ()})
    assert "CASE WHEN false THEN" in typed_select(bare, "selected", "2020-12-31")
