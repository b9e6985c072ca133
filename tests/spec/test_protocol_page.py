"""The committed page of the protocol's keys is the one that the declaration gives."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from analysis.study import PROTOCOLS, read_study
from data_schema.declarations import read_toml
from data_schema.pages.protocol_page import page

COMMITTED = Path(__file__).parents[2] / "docs" / "protocol.md"
ROW = re.compile(r"^\| `(\w+)` \| (.+?) \| (.*?) \| (.*?) \|$", re.M)


def sections() -> dict[str, list[tuple[str, ...]]]:
    """Rows (key, value, default, meaning) of each part, by its path; the top is ``""``."""
    found = {}
    for text in page().split("\n## ")[1:]:
        title = re.match(r"`\[+([\w.]+)\]+`", text)
        found[title[1] if title else ""] = ROW.findall(text)
    return found


def keys_of(protocol: dict, path: str = "") -> set[tuple[str, str]]:
    """(part, key) of every key that a protocol writes."""
    found = set()
    for key, value in protocol.items():
        parts = value if isinstance(value, list) else [value]
        inside = [part for part in parts if isinstance(part, dict)]
        below = f"{path}.{key}" if path else key
        found |= set().union(*(keys_of(part, below) for part in inside)) or {(path, key)}
    return found


def test_the_committed_page_is_the_generated_one() -> None:
    assert COMMITTED.read_text("utf-8") == page(), (
        "run: python -m data_schema.pages.protocol_page > docs/protocol.md"
    )


def test_every_key_has_a_meaning() -> None:
    silent = [(part, row[0]) for part, rows in sections().items() for row in rows if not row[3]]
    assert sections()
    assert not silent


@pytest.mark.parametrize("path", sorted(PROTOCOLS.glob("*.toml")), ids=lambda path: path.stem)
def test_what_a_shipped_protocol_writes_is_on_the_page(path: Path) -> None:
    on_page = {(part, row[0]) for part, rows in sections().items() for row in rows}
    tables = {"simulation.log_hazard_ratios", "cannot_answer"}
    written = {(part, key) for part, key in keys_of(read_toml(path)) if part not in tables}
    assert written - {("", "extends")} <= on_page


def test_the_default_that_the_page_prints_is_the_one_that_is_taken() -> None:
    release = {row[0]: row for row in sections()["release"]}
    study = read_study(PROTOCOLS / "registry.toml")
    assert release["significant_digits"][2] == f"`{study.release.significant_digits}`"
    assert release["min_count"][1:3] == ("whole number, ≥ 1", "`11`")
    assert release["holder"][2] == "required"
