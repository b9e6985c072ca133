"""Can I redo it?"""

from __future__ import annotations

from reports.blocks import Block, Code, Column, Paragraph, Part, Table, TableRow, present
from reports.metadata import Metadata
from reports.rows import Rows
from reports.text import second_engine


def part(rows: Rows, metadata: Metadata) -> Part:
    command = metadata.study.get("command") or ""
    blocks: list[Block | None] = [
        Paragraph(
            "The same inputs give the same bytes. From the root of the project:" if command else ""
        ),
        Code(str(command)) if command else None,
        Paragraph(" ".join(second_engine.sentences(rows, metadata))),
        _identity(metadata),
        *_unreviewed(metadata),
        _files(metadata),
        _versions(metadata),
    ]
    if attribution := metadata.source.get("attribution", ""):
        blocks.append(Paragraph(attribution))
    kept = [b for b in blocks if not (isinstance(b, Paragraph) and not b.text)]
    return Part("reproduce", "Reproduce", "Can I redo it?", present(*kept))


def _identity(metadata: Metadata) -> Table:
    study = metadata.study
    pairs = [
        ("Study", metadata.protocol["name"]),
        ("Protocol, SHA-256", study.get("protocol_hash", "")),
    ]
    pairs.append(("Source", metadata.source.get("title", metadata.protocol["source"])))
    if metadata.simulated:
        pairs += [("People simulated", _text(study.get("n"))), ("Seed", _text(study.get("seed")))]
    lines = tuple(
        TableRow((name, _text(value))) for name, value in pairs if value not in (None, "")
    )
    return Table("identity", "What was run", (Column(""), Column("")), lines)


def _text(value: object) -> str:
    return f"{value:,}" if isinstance(value, int) and value > 9999 else str(value)


def _unreviewed(metadata: Metadata) -> list[Block]:
    """Models from outside the project: what ran, and whether the protocol lets its rows leave."""
    released = metadata.release.get("models") or {}
    found = [one for one in metadata.study.get("analyses") or () if one["sha256"]]
    if not found:
        return []
    lines = tuple(
        TableRow(
            (
                one["name"],
                one["title"],
                "yes" if released.get(one["name"]) == one["sha256"] else "no, withheld",
                one["sha256"],
            )
        )
        for one in found
    )
    said = (
        "Some numbers were made by code that is not of this project and that nobody of it has "
        "reviewed. They are released only where the protocol names the hash of that code."
    )
    heads = ("Model", "What it says of itself", "Named by the protocol", "SHA-256 of its file")
    columns = tuple(Column(head) for head in heads)
    return [Paragraph(said), Table("unreviewed", "Unreviewed code", columns, lines)]


def _files(metadata: Metadata) -> Table | None:
    files = metadata.study.get("extract") or {}
    lines = tuple(TableRow((name, digest)) for name, digest in sorted(files.items()))
    columns = (Column("File"), Column("SHA-256"))
    return Table("extract", "Files of the extract", columns, lines) if lines else None


def _versions(metadata: Metadata) -> Table | None:
    versions = metadata.study.get("versions") or {}
    lines = tuple(TableRow((name, str(version))) for name, version in sorted(versions.items()))
    columns = (Column("Software"), Column("Version"))
    return Table("versions", "Versions", columns, lines) if lines else None
