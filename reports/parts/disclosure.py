"""What was hidden, and is it safe?"""

from __future__ import annotations

from data_schema.measures import QUESTIONS
from reports.blocks import Block, Column, Paragraph, Part, Table, TableRow, present
from reports.metadata import Metadata
from reports.rows import Rows, distinct
from reports.wording import numbers
from reports.wording.labels import named

LEVELS = ("shown", "primary", "complementary")


def part(rows: Rows, metadata: Metadata) -> Part:
    blocks: list[Block | None] = [Paragraph(" ".join(policy(metadata))), _cells(rows)]
    if not rows.where(question="disclosure"):
        hidden = sum(row.status == "suppressed" for row in rows.all)
        some = numbers.people(hidden, "cell is", "cells are") if hidden else "No cell is"
        blocks.append(Paragraph(f"{some} hidden."))
    return Part("disclosure", "Disclosure", "What was hidden, and is it safe?", present(*blocks))


def policy(metadata: Metadata) -> list[str]:
    """The release policy of the protocol, in sentences."""
    release = metadata.release
    said = []
    if release["min_count"] > 1:
        zero = "zeros are shown" if release.get("allow_zero", True) else "zeros are hidden too"
        said.append(
            f"Counts from 1 to {release['min_count'] - 1} are hidden, "
            "and so are others from which one "
            f"could be worked out; {zero}."
        )
    else:
        said.append("No count is hidden: the data are open.")
    if release["rounding"] > 1:
        said.append(f"Counts are then rounded to the nearest {release['rounding']}.")
        said.append("Percentages and their intervals are recomputed from the rounded counts.")
    if release["curve_min_at_risk"] > 1:
        said.append(
            f"A curve stops where fewer than {release['curve_min_at_risk']} people are at risk."
        )
    return said


def _cells(rows: Rows) -> Table | None:
    """One line a part: cells shown, hidden for their own count, hidden to protect another."""
    found = rows.where(measure="suppressed_cells")
    if not found:
        return None
    by_key = {(row.term, row.level): row for row in found}
    lines = [
        TableRow(
            (
                QUESTIONS.get(term, named(term or "all")),
                *(numbers.estimate(by_key.get((term, level))) for level in LEVELS),
            )
        )
        for term in distinct(row.term for row in found)
    ]
    heads = ("Shown", "Hidden: small", "Hidden: protects another")
    columns = (Column("Part"), *(Column(head, "number") for head in heads))
    return Table("suppressed_cells", "Cells shown and hidden", columns, tuple(lines))
