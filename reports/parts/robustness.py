"""Would another choice change it?"""

from __future__ import annotations

from reports.blocks import Absence, Part, present
from reports.facts import Facts
from reports.rows import Rows
from reports.tables import sensitivity

NONE = (
    "This release holds the primary choices only; no other definition, lag or window was run. "
    "How much the data could have told is told by the width of each interval."
)


def part(rows: Rows, facts: Facts) -> Part:
    question = "Would another choice change it?"
    shown = present(sensitivity.table(rows, facts)) or (Absence(NONE),)
    return Part("robustness", "Robustness and precision", question, shown)
