"""Pages are written for a nephrologist: short sentences, and never a key of the rows."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from made_up_studies import STUDIES
from sentences import average_words, prose, sentences, words
from test_sentences import parts_of

from data_schema.codelists import codelist
from reports.blocks import Absence, Answer, Drawing, Listing, Paragraph, Table
from reports.wording.labels import NAMES, named

ROOT = Path(__file__).parents[2]
DOCS = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))]
MOST = 25  # words a sentence, on average
# keys that reached a page as they are, or with nothing but a capital
RAW = re.compile(
    r"\b(jeffreys|clopper_pearson|korn_graubard|aalen_johansen|rogan_gladen|not_estimable)\b"
    r"|\bIcd\d|\bicd\d+\w+|\bDialysis hd\b|\bPth\b|\bKrt\b|\b[a-z]+_[a-z]+_[a-z_]+\b"
)
FILE = re.compile(r"(?:tables|figures)/[\w.]+|\w+\.(?:csv|toml|parquet|sql|json)\b")


def texts(name: str) -> list[str]:
    """Running text of a page: paragraphs, answers, items, captions and notes."""
    found: list[str] = []
    parts, _ = parts_of(name)
    for block in (block for part in parts for block in part.blocks):
        if isinstance(block, Paragraph | Absence):
            found.append(block.text)
        elif isinstance(block, Listing):
            found += block.items
        elif isinstance(block, Answer):
            found += [*block.sentences, block.caveat]
        elif isinstance(block, Drawing):
            found += [block.caption, block.alt]
        elif isinstance(block, Table):
            found += [block.caption, *block.notes]
    return [text for text in found if text]


def test_sentences_are_counted_as_a_reader_would() -> None:
    said = "It is 1.5% (0.5 to 3%). That, e.g. here, is new: yes. Why?"
    assert sentences(said) == ["It is 1.5% (0.5 to 3%).", "That, e.g here, is new: yes.", "Why?"]
    assert [words(one) for one in sentences(said)] == [3, 7, 1]
    assert average_words([said]) == pytest.approx(11 / 3)
    assert prose("# Title\n\n| a | b |\n\nOne two.\n\n- Three.\n- Four.\n") == [
        "One two.",
        "Three.",
        "Four.\n",
    ]


@pytest.mark.parametrize("name", STUDIES)
def test_sentences_of_a_page_are_short(name: str) -> None:
    found = texts(name)
    assert found
    assert average_words(found) <= MOST


@pytest.mark.parametrize("path", DOCS, ids=lambda path: path.name)
def test_sentences_of_the_documentation_are_short(path: Path) -> None:
    assert average_words(prose(path.read_text("utf-8"))) <= MOST


def test_sentences_of_the_decisions_are_short() -> None:
    pages = [page.read_text("utf-8") for page in (ROOT / "docs" / "decisions").glob("*.md")]
    assert average_words([text for page in pages for text in prose(page)]) <= MOST


def cells(name: str) -> list[str]:
    """Heads and cells of the tables that stand in the page, hashes and files left out."""
    tables = [block for part in parts_of(name)[0] for block in part.of(Table) if block.in_page]
    shown = [one for one in tables if one.name not in ("extract", "versions", "identity")]
    heads = [column.head for one in shown for column in one.columns]
    return heads + [cell for one in shown for row in one.rows for cell in row.cells]


@pytest.mark.parametrize("name", STUDIES)
def test_no_key_of_the_rows_reaches_the_page(name: str) -> None:
    found = [RAW.search(FILE.sub("", text)) for text in (*texts(name), *cells(name))]
    assert [match[0] for match in found if match] == []


def test_every_system_and_group_of_the_code_lists_has_a_name() -> None:
    codes = [code for name in ("diagnoses", "drugs", "procedures") for code in codelist(name)]
    plain = {"calciphylaxis", "calcimimetic", "calcium", "dialysis", "muscle", "oxalosis"}
    plain |= {"transplant", "ulcer", "warfarin"}  # a word as it is
    keys = {code.group for code in codes} - plain | {code.system for code in codes}
    assert sorted(keys - set(NAMES)) == []
    assert named("icd10pcs") == "ICD-10-PCS"
