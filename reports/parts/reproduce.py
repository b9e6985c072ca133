"""Can I redo it?"""

from __future__ import annotations

from reports.blocks import Block, Code, Column, Paragraph, Part, Table, TableRow, present
from reports.facts import Facts
from reports.rows import Rows
from reports.text import second_engine


def part(rows: Rows, facts: Facts) -> Part:
    command = facts.study.get("command") or ""
    blocks: list[Block | None] = [
        Paragraph(
            "The same inputs give the same bytes. From the root of the project:" if command else ""
        ),
        Code(str(command)) if command else None,
        Paragraph(" ".join(second_engine.sentences(rows, facts))),
        _identity(facts),
        _files(facts),
        _versions(facts),
    ]
    if attribution := facts.source.get("attribution", ""):
        blocks.append(Paragraph(attribution))
    kept = [b for b in blocks if not (isinstance(b, Paragraph) and not b.text)]
    return Part("reproduce", "Reproduce", "Can I redo it?", present(*kept))


def _identity(facts: Facts) -> Table:
    study = facts.study
    pairs = [
        ("Study", facts.protocol["name"]),
        ("Protocol, SHA-256", study.get("protocol_hash", "")),
    ]
    pairs.append(("Source", facts.source.get("title", facts.protocol["source"])))
    if facts.simulated:
        pairs += [("People simulated", _text(study.get("n"))), ("Seed", _text(study.get("seed")))]
    lines = tuple(
        TableRow((name, _text(value))) for name, value in pairs if value not in (None, "")
    )
    return Table("identity", "What was run", (Column(""), Column("")), lines)


def _text(value: object) -> str:
    return f"{value:,}" if isinstance(value, int) and value > 9999 else str(value)


def _files(facts: Facts) -> Table | None:
    files = facts.study.get("extract") or {}
    lines = tuple(TableRow((name, digest)) for name, digest in sorted(files.items()))
    columns = (Column("File"), Column("SHA-256"))
    return Table("extract", "Files of the extract", columns, lines) if lines else None


def _versions(facts: Facts) -> Table | None:
    versions = facts.study.get("versions") or {}
    lines = tuple(TableRow((name, str(version))) for name, version in sorted(versions.items()))
    columns = (Column("Software"), Column("Version"))
    return Table("versions", "Versions", columns, lines) if lines else None
