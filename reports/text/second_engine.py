"""Sentences on the second engine: which curves it made again, how far it is from them."""

from __future__ import annotations

import math

from data_schema.results import SECOND_ENGINE_GATES, SECOND_ENGINE_TOLERANCE, Estimate
from reports.metadata import Metadata
from reports.rows import Rows, distinct, has_number
from reports.shown import show
from reports.wording.labels import event_name

NAMES = {
    "cumulative_incidence": "cumulative incidence",
    "cumulative_hazard": "cumulative hazard",
    "naive_one_minus_km": "one minus Kaplan–Meier",
    "survival": "survival",
    "right_censored": "right-censored Weibull",
}
MODELS = ("aalen_johansen", "kaplan_meier", "nelson_aalen", "weibull")
SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def sentences(rows: Rows, metadata: Metadata) -> list[str]:
    """Empty where no curve was compared."""
    found = rows.where(measure="second_engine", model=MODELS)
    if not found:
        return []
    show(*found)
    version = (metadata.study.get("versions") or {}).get("lifelines", "")
    engine = f"lifelines {version}".strip()
    curves = [row for row in found if row.level == SECOND_ENGINE_GATES]
    return [
        *_compared([row for row in curves if has_number(row)], engine),
        *_shown([row for row in found if row.term == "right_censored" and has_number(row)]),
        *_failed([row for row in found if not has_number(row)], metadata),
    ]


def _compared(curves: list[Estimate], engine: str) -> list[str]:
    if not curves:
        return [f"A second engine, {engine}, made no curve to compare."]
    most = max(row.estimate or 0 for row in curves)
    what = "curve" if len(curves) == 1 else "curves"
    said = [
        f"A second engine, {engine}, made {len(curves)} {what} again from the time at risk: "
        f"values and counts differ by at most {power(most)}.",
        f"Beyond {power(SECOND_ENGINE_TOLERANCE)} nothing would have been released.",
    ]
    return said + distinct(row.reason for row in curves if row.reason)


def _shown(found: list[Estimate]) -> list[str]:
    return [
        "A right-censored Weibull, fitted by both, differs in its cumulative hazard by a factor "
        f"within {power(row.estimate or 0)} of one; that is shown and stops nothing."
        for row in found
    ]


def _failed(found: list[Estimate], metadata: Metadata) -> list[str]:
    return distinct(
        row.reason
        if row.status == "refused"
        else f"Not compared, the {NAMES[row.term]} of {event_name(row.outcome, metadata)}: "
        f"{row.reason}"
        for row in found
    )


def power(value: float) -> str:
    """``10⁻¹²``; other numbers with two digits."""
    exponent = round(math.log10(value)) if value > 0 else 0
    if value > 0 and math.isclose(value, 10.0**exponent, rel_tol=1e-9):
        return f"10{str(exponent).translate(SUPERSCRIPTS)}"
    return f"{value:.2g}"
