"""The committed data dictionary is the one that the declarations give."""

from __future__ import annotations

from pathlib import Path

from data_schema.declarations import TABLE_NAMES, table
from data_schema.pages.dictionary import page

COMMITTED = Path(__file__).parents[2] / "docs" / "data_dictionary.md"


def test_the_committed_page_is_the_generated_one() -> None:
    assert COMMITTED.read_text("utf-8") == page(), (
        "run: python -m data_schema.pages.dictionary > docs/data_dictionary.md"
    )


def test_every_column_of_every_table_is_on_the_page() -> None:
    text = page()
    for name in TABLE_NAMES:
        section = text.split(f"\n## {name}\n", 1)[1].split("\n## ", 1)[0]
        for column in table(name).columns:
            assert f"| `{column.name}` |" in section
            assert column.says in section


def test_every_row_of_a_table_has_as_many_cells_as_its_head() -> None:
    cells = 0
    for line in page().splitlines():
        if not line.startswith("|"):
            cells = 0
            continue
        here = line.replace("\\|", "").count("|")
        cells = cells or here
        assert here == cells
