"""Is anything missing?"""

from __future__ import annotations

from reports.blocks import Column, Part, Table, TableRow
from reports.metadata import Metadata
from reports.rows import Rows
from reports.text.checklist import AUTHORS, ITEMS

TITLES = {
    "verdict": "Verdict",
    "design": "Design",
    "flow": "Flow",
    "data_quality": "Data quality",
    "table_1": "Table 1",
    "case_definition": "Case definition",
    "follow_up": "Follow-up",
    "incidence": "Incidence and onset",
    "robustness": "Robustness and precision",
    "reproduce": "Reproduce",
}


def part(_rows: Rows, metadata: Metadata) -> Part:
    titles = {**TITLES, "incidence": "Survival"} if metadata.is_death else TITLES
    lines = tuple(
        TableRow((item, asks, place if place == AUTHORS else titles[place]))
        for item, asks, place in ITEMS
    )
    columns = (Column("Item"), Column("Asks for"), Column("Answered in", leads_to_part=True))
    table = Table("strobe_record", "STROBE with RECORD", columns, lines)
    return Part("checklists", "Checklists", "Is anything missing?", (table,))
