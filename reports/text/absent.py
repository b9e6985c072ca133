"""Why a part has no numbers, in one sentence, in its place."""

from __future__ import annotations

from data_schema.results import Estimate
from reports.metadata import Metadata
from reports.rows import Rows, distinct
from reports.shown import show

# what a source must carry for a question
NEEDS = {
    "how_common": ("diagnoses", "assessments", "calendar"),
    "what_then": ("procedures",),
    "who": ("labs",),
}
ALL_HIDDEN = "Every number of this part is hidden by the release policy."
NOBODY = "No one remained after the steps of the flow diagram, so there is nothing to estimate."
NOTHING = "No rows for this part were released."


def why_absent(question: str, rows: Rows, metadata: Metadata) -> list[str]:
    """Sentences for a part without numbers: its statements, else the protocol, else the source."""
    stated = statements(question, rows)
    if stated:
        return stated
    if rows.where(question=question, status="suppressed"):
        return [ALL_HIDDEN]
    if question in metadata.cannot_answer:
        return [metadata.cannot_answer[question]]
    lacks = metadata.cannot_carry
    carried = [lacks[key] for key in NEEDS.get(question, ()) if key in lacks]
    failed = [row.reason for row in rows.where(question=question) if row.reason and _failed(row)]
    if not carried and not failed and _nobody(rows):
        return [NOBODY]
    return distinct(carried) or distinct(failed) or [NOTHING]


def _failed(row: Estimate) -> bool:
    return row.status in ("not_estimable", "not_available", "refused")


def statements(question: str, rows: Rows) -> list[str]:
    """What was refused or could not be answered within a part that has numbers."""
    found = rows.where(question=question, measure="statement")
    show(*found)
    return distinct(row.reason for row in found)


def _nobody(rows: Rows) -> bool:
    kept = rows.where(question="flow", measure="attrition", level="remaining")
    last = max(kept, key=lambda row: row.x or 0, default=None)
    return last is not None and last.estimate == 0
