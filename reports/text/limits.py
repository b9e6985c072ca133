"""What the data cannot tell, said as plainly as what they can."""

from __future__ import annotations

from reports.metadata import Metadata
from reports.rows import Rows, distinct
from reports.shown import show
from reports.text import onset

CALCINOSIS = (
    "No diagnosis code means metastatic calcinosis cutis alone, and people are not examined for it "
    "routinely. What is counted is detected disease, which is less than all disease.",
    "Onset is interval-censored between assessments; dates here are detection dates.",
)
ASSOCIATION = (
    "Hazard ratios are associations. They do not say what would follow from changing a value."
)
LACKS = "What the source does not carry is listed under Data quality."
SIMULATED = "These people do not exist. Nothing on this page is evidence about patients."


def limits(rows: Rows, metadata: Metadata) -> tuple[str, ...]:
    """Each limit once: simulation, source, refused parts, then the nature of the data.

    Questions that cannot be answered say so where their answer would stand.
    """
    said = [SIMULATED] if metadata.simulated else []
    said += [LACKS] if metadata.cannot_carry else []
    stated = rows.where(measure="statement")
    show(*stated)
    said += [row.reason for row in stated]
    said += CALCINOSIS if metadata.is_calcinosis else ()
    said += onset.entry_limit(rows)
    said += [ASSOCIATION] if rows.numbers(measure="hazard_ratio") else []
    return tuple(distinct(text for text in said if text))
