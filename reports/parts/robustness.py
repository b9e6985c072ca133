"""Would another choice change it?"""

from __future__ import annotations

from reports.blocks import Absence, Part, paragraphs, present
from reports.figures import specification_curve
from reports.metadata import Metadata
from reports.rows import Rows
from reports.tables import sensitivity, specification_grid
from reports.text import specifications

NONE = (
    "This release holds the primary choices only; no other definition, lag or window was run. "
    "The width of each interval shows how much the data could have told."
)


def part(rows: Rows, metadata: Metadata) -> Part:
    question = "Would another choice change it?"
    shown = present(
        *paragraphs(specifications.sentences(rows)),
        specification_curve.draw(rows, metadata),
        specification_grid.table(rows, metadata),
        sensitivity.table(rows, metadata),
    ) or (Absence(NONE),)
    return Part("robustness", "Robustness and precision", question, shown)
