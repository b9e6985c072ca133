"""The page for data holders is what the sources say."""

from __future__ import annotations

from pathlib import Path

from data_schema.declarations import source
from data_schema.pages.registry_forms import SHOWN, page

COMMITTED = Path(__file__).parents[2] / "docs" / "registry_forms.md"


def test_the_committed_page_is_the_generated_one() -> None:
    assert COMMITTED.read_text("utf-8") == page(), (
        "run: python -m data_schema.pages.registry_forms > docs/registry_forms.md"
    )


def test_every_loss_scope_rule_and_check_stands_on_the_page() -> None:
    text = page()
    for form in map(source, SHOWN):
        said = [loss.says for loss in form.losses]
        said += list(form.scope_rules.values()) + [check.says for check in form.checks]
        said += [*form.cannot_carry.values(), *(hole.says for hole in form.holes)]
        assert [says for says in said if says not in text] == []
        assert all(f"`{file.name}`" in text for file in form.files)
    assert "`HSDIAG_CDTYPE2 .. HSDIAG_CDTYPE26`" in text
    assert "`tra64`, `tra77`" in text
