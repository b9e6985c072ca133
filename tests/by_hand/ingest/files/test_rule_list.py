"""The list of checks in docs is the one that the declarations and the code give."""

from __future__ import annotations

from pathlib import Path

from analysis.ingest.columns.column_types import RULE_SENTENCES
from analysis.ingest.files.bad_input import BAD_INPUT
from analysis.ingest.review.rule_list import page
from data_schema.declarations import TABLE_NAMES, checks, table

COPY = Path(__file__).parents[4] / "docs" / "checks.md"


def test_the_committed_list_is_current() -> None:
    assert COPY.read_text("utf-8") == page()


def test_every_rule_across_tables_is_on_it() -> None:
    assert all(f"| `{rule}` |" in page() for rule in checks())


def test_bad_input_names_rules_and_tests_that_exist() -> None:
    rules = {rule.id for name in TABLE_NAMES for rule in table(name).rules}
    rules |= {*RULE_SENTENCES, "stop", "used"}
    for one in BAD_INPUT:
        assert set(one.becomes) <= rules, one.what
        tests = COPY.parents[1] / "tests" / "broken" / f"test_broken_{one.file}.py"
        assert f"def {one.test}(" in tests.read_text("utf-8"), one.what
