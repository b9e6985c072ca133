"""Tables of unverified codes that matched records, and of unverified concepts."""

from __future__ import annotations

import hashlib
import json

from reports.blocks import Block, Column, Paragraph, Table, TableRow
from reports.metadata import Metadata
from reports.rows import Rows, own_reason
from reports.tables.cells import Footnotes
from reports.wording import numbers
from reports.wording.labels import named

NONE = "Every code that matched a record is verified, in its meaning or in this use of it."


def blocks(rows: Rows, metadata: Metadata) -> list[Block]:
    """The codes in use, or the sentence that all are verified; the concepts, in a file."""
    return [_codes(rows, metadata) or Paragraph(NONE), *_concepts(metadata)]


def _codes(rows: Rows, metadata: Metadata) -> Table | None:
    found = rows.where(question="quality", measure="unverified_code")
    if not found:
        return None
    notes = Footnotes(metadata.release["min_count"])
    lines = tuple(
        TableRow(
            (named(row.term), row.level, own_reason(row), named(row.reference), notes.cell(row))
        )
        for row in found
    )
    heads = ("System", "Code", "Taken for, and from where", "Group")
    columns = (*(Column(head) for head in heads), Column("Records", "number"))
    strict = (metadata.protocol.get("codes") or {}).get("strict", False)
    strictness = (
        "The protocol is strict and confirms each of them."
        if strict
        else "With codes.strict in the protocol the study stops until each of them is confirmed."
    )
    title = "Codes that matched records and are not verified"
    return Table("unverified_codes", title, columns, lines, notes.notes(strictness))


def _concepts(metadata: Metadata) -> list[Block]:
    concepts = metadata.study.get("concepts") or []
    if not concepts:
        return []
    left = [one for one in concepts if one.get("verified") == "no"]
    lines = tuple(
        TableRow((one["group"], one["vocabulary"], _name(one), one["label"], one["source"]))
        for one in left
    )
    heads = ("Group", "Vocabulary", "Code or concept", "Label", "Source")
    columns = tuple(Column(head) for head in heads)
    digest = hashlib.sha256(json.dumps(concepts, sort_keys=True).encode()).hexdigest()
    said = (
        f"The source reads {numbers.people(len(concepts), 'concept', 'concepts')} by id or by "
        f"code; the {numbers.count(len(left))} that are not verified are in "
        f"tables/unverified_concepts.csv. SHA-256 of the sets: {digest}."
    )
    title = "Concepts that are read and not verified"
    return [Paragraph(said), Table("unverified_concepts", title, columns, lines, in_page=False)]


def _name(concept: dict) -> str:
    return str(concept["code"] or concept["concept_id"])
