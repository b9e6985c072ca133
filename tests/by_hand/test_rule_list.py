"""The list of checks in docs is the one that the declarations and the code give."""

from __future__ import annotations

from pathlib import Path

from analysis.ingest.rule_list import page
from data_schema.declarations import checks

COPY = Path(__file__).parents[2] / "docs" / "checks.md"


def test_the_committed_list_is_current() -> None:
    assert COPY.read_text("utf-8") == page()


def test_every_rule_across_tables_is_on_it() -> None:
    assert all(f"| `{rule}` |" in page() for rule in checks())
