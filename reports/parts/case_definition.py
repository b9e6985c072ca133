"""What counts as a case?"""

from __future__ import annotations

import hashlib
import json

from reports.blocks import Block, Column, Paragraph, Part, Table, TableRow, present
from reports.metadata import Metadata
from reports.rows import Rows
from reports.tables import case_definitions
from reports.tables.records import unverified
from reports.text import case_definition as text
from reports.wording.labels import named


def part(rows: Rows, metadata: Metadata) -> Part:
    blocks: list[Block] = [Paragraph(" ".join(text.sentences(metadata)))]
    if metadata.is_calcinosis:
        found = (
            case_definitions.definitions(rows, metadata),
            case_definitions.sites(rows, metadata),
        )
        blocks += [_tiers(metadata), *present(*found), *_codes(metadata)]
        blocks += [*unverified.blocks(rows, metadata), _look_alikes()]
    return Part("case_definition", "Case definition", "What counts as a case?", present(*blocks))


def _worded(line: TableRow) -> TableRow:
    """Group and system as a reader calls them; the file has them as the lists do."""
    return TableRow((*(named(cell) for cell in line.cells[:2]), *line.cells[2:]))


def _tiers(metadata: Metadata) -> Table:
    columns = (Column("Tier"), Column("Rule"), Column("A case here"))
    lines = tuple(TableRow(cells) for cells in text.tiers(metadata))
    return Table("tiers", "Tiers of certainty", columns, lines)


def _look_alikes() -> Table:
    columns = (Column("Look-alike"), Column("What it is"), Column("Distinguished by"))
    lines = tuple(TableRow(cells) for cells in text.LOOK_ALIKES)
    return Table("look_alikes", "Look-alikes", columns, lines)


def _codes(metadata: Metadata) -> list[Block]:
    """The codes that make a case on the page; all lists, with their hash, in a file."""
    codes = metadata.study.get("codelists") or []
    if not codes:
        return []
    keys = ("group", "system", "code", "label", "verified")
    columns = tuple(Column(head) for head in ("Group", "System", "Code", "Label", "Verified"))
    lines = [TableRow(tuple(str(one.get(key, "")) for key in keys)) for one in codes]
    of_case = tuple(_worded(line) for line in lines if line.cells[0].startswith("case"))
    digest = hashlib.sha256(json.dumps(codes, sort_keys=True).encode()).hexdigest()
    unverified = sum(line.cells[-1] == "no" for line in lines)
    notes = (
        f"All {len(lines)} codes, with those that exclude, are in tables/code_lists.csv; "
        f"{unverified} of them are not verified.",
        f"SHA-256 of the lists: {digest}.",
    )
    return [
        Table("case_codes", "Codes that can make a case", columns, of_case, notes),
        Table("code_lists", "All code lists", columns, tuple(lines), in_page=False),
    ]
