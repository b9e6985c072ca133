"""Can the numbers be trusted?"""

from __future__ import annotations

from reports.blocks import Listing, Paragraph, Part, present
from reports.figures import completeness
from reports.metadata import Metadata
from reports.parts.presence import absence, refused
from reports.rows import Rows, distinct
from reports.tables.records import data_quality as tables
from reports.tables.records import source_counts
from reports.wording import numbers

CONSERVED = (
    "Every record of every file is accounted for: used, out of scope "
    "by a named rule, or rejected by a named rule."
)


def part(rows: Rows, metadata: Metadata) -> Part:
    records = tables.records(rows, metadata)
    lacks = tuple(distinct(metadata.cannot_carry.values()))
    blocks = present(
        Paragraph(" ".join([CONSERVED, *_rejected(rows)])) if records else None,
        source_counts.people_found(rows, metadata),
        records,
        source_counts.out_of_scope(rows, metadata),
        tables.by_rule(rows, metadata),
        tables.conversions(rows, metadata),
        tables.corrected_calcium(rows, metadata),
        completeness.draw(rows),
        Listing("What the source does not carry", lacks) if lacks else None,
        *refused("quality", rows),
    )
    shown = blocks or tuple(absence("quality", rows, metadata))
    return Part("data_quality", "Data quality", "Can the numbers be trusted?", shown)


def _rejected(rows: Rows) -> list[str]:
    found = rows.where(question="quality", measure="rows")
    totals = [row for row in found if row.level == "total"]
    rejected = [row for row in found if row.level == "rejected"]
    if not totals or any(row.status == "suppressed" for row in (*totals, *rejected)):
        return []
    n = sum(row.estimate or 0 for row in rejected)
    of = sum(row.estimate or 0 for row in totals)
    return [f"{numbers.count(n)} of {numbers.people(of, 'record', 'records')} were rejected."]
