"""Reads the concept sets of ``concepts/``: which OMOP concept, or which code, means what.

A set is a CSV that the analyst may edit. A row names a concept by its id, by the vocabulary and
code that the extract's own concept table resolves, or by both. Ids from 2,000,000,000 are a
site's own and stand in a file of that site.
"""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path
from typing import Literal, NamedTuple, get_args

HERE = Path(__file__).parent / "concepts"
LOCAL = 2_000_000_000

Verified = Literal["use", "code", "no"]


class ConceptSetError(ValueError):
    """A concept set that cannot be read; one line naming file and row."""


class Concept(NamedTuple):
    """One row of a set; ``code`` without dots, ``verified`` as in the code lists.

    ``label`` of a unit is how ``analytes.toml`` spells it.
    """

    concept_id: str
    vocabulary: str
    code: str
    label: str
    group: str
    source: str
    verified: Verified


class Block(NamedTuple):
    """Concept ids ``first_concept_id .. last_concept_id`` that belong to one vocabulary.

    For extracts that come without the concept table: a code never stands without its system.
    """

    first_concept_id: str
    last_concept_id: str
    vocabulary: str
    source: str
    verified: Verified


@cache
def concept_set(name: str) -> tuple[Concept, ...]:
    """The rows of ``concepts/<name>.csv`` in file order. Raises ``ConceptSetError``."""
    rows = tuple(
        _concept(f"{name}.csv: row {number}", cells)
        for number, cells in enumerate(_cells(name, Concept._fields), 2)
    )
    for key in ("concept_id", "code"):
        named = [(r.concept_id if key == "concept_id" else (r.vocabulary, r.code)) for r in rows]
        seen = [n for n in named if n and n != "" and (key == "concept_id" or n[1])]
        if len(set(seen)) < len(seen):
            raise ConceptSetError(f"{name}.csv: {key}: stands there twice")
    return rows


def concept_sets(names: tuple[str, ...]) -> tuple[Concept, ...]:
    """The rows of several sets, one after the other."""
    return tuple(row for name in names for row in concept_set(name))


@cache
def vocabulary_blocks() -> tuple[Block, ...]:
    """The rows of ``concepts/vocabulary_blocks.csv``. Raises ``ConceptSetError``."""
    return tuple(Block(**cells) for cells in _cells("vocabulary_blocks", Block._fields))  # type: ignore[arg-type]


def _cells(name: str, fields: tuple[str, ...]) -> list[dict[str, str]]:
    with (HERE / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        if tuple(reader.fieldnames or ()) != fields:
            raise ConceptSetError(f"{name}.csv: the header is not {', '.join(fields)}")
        return list(reader)


def _concept(where: str, cells: dict[str, str]) -> Concept:
    needed = ("vocabulary", "label", "group", "source", "verified")
    if set(cells) != set(Concept._fields) or not all(cells[name] for name in needed):
        raise ConceptSetError(f"{where}: every one of {', '.join(needed)} must be filled")
    if not (cells["concept_id"] or cells["code"]):
        raise ConceptSetError(f"{where}: has neither concept_id nor code")
    if cells["concept_id"] and not cells["concept_id"].isdigit():
        raise ConceptSetError(f"{where}: concept_id: not a whole number")
    if cells["verified"] not in get_args(Verified):
        raise ConceptSetError(f"{where}: verified: not one of {', '.join(get_args(Verified))}")
    if "." in cells["code"]:
        raise ConceptSetError(f"{where}: code: stands without dots")
    return Concept(**cells)  # type: ignore[arg-type]
