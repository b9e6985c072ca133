"""Private words stay out of code, pages and templates; the glossary has the field's own."""

from __future__ import annotations

import re

from source_tree import ROOT, relative, text_files

# Words of an earlier time that have no other meaning here, and what to say.
PRIVATE = {
    r"looked_up|coded_rows|coded_words|row_fates|in_step|drawn_people": "decode, encoded, outcome",
    r"between (?:the |two )?looks|half-way between": "interval-censored between assessments",
    r"on the day it was found": "detection date",
    r"rungs?|ladder of truth|ladder_[abc]": "simulation scenario",
    r"readings? of the claim|one verdict a reading": "definition of prevalence",
    r"ways? of watching|as this registry watches": "follow-up scheme",
    r"noughts?": "zeros",
    r"leant upwards": "biased upwards",
    r"hung on": "depended on",
    r"clean looks?|positive looks?|negative looks?": "negative assessment, positive assessment",
    r"between_looks|clean_looks|between_stays": "between_assessments, at-risk periods",
}
FOUND = re.compile("|".join(rf"\b(?:{words})\b" for words in PRIVATE), re.IGNORECASE)
# Folders whose words are still being put in order.
UNDER_WAY = (
    "analysis/ingest/",
    "analysis/survival/",
    "tests/by_hand/ingest/",
    "tests/by_hand/survival/",
    "tests/fuzz/",
    "tests/simulation/",
    "tests/reference/",
    "benchmarks/",
    "docs/statistician.md",
)
HERE = "tests/architecture/test_words.py"
NAMES_THE_OLD = {HERE, "CHANGELOG.md", "tests/spec/test_protocol_upgrade.py"}


def scanned() -> list:
    paths = [path for path in text_files() if path.suffix not in (".lock", ".csv")]
    rest = [path for path in paths if not relative(path).startswith(UNDER_WAY)]
    return [path for path in rest if relative(path) not in NAMES_THE_OLD]


def test_no_private_word() -> None:
    found = {relative(path): private_words(path) for path in scanned()}
    instead = "say instead: " + "; ".join(sorted(set(PRIVATE.values())))
    assert {name: words for name, words in found.items() if words} == {}, instead


def private_words(path) -> set[str]:
    """Private words of a file and of its name."""
    text = path.read_text("utf-8", errors="replace")
    return {match[0] for one in (path.stem, text) for match in FOUND.finditer(one)}


def test_the_words_are_seen() -> None:
    assert FOUND.search("onset lies between two looks")
    assert FOUND.search("columns.looked_up(x)")
    assert not FOUND.search("the same brung up, a stepladder, a thing that looks good")


def test_what_is_under_way_exists() -> None:
    for name in UNDER_WAY:
        assert (ROOT / name).exists()
