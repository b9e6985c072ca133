"""Sentences on what could make a prevalence wrong, and how far centres differ."""

from __future__ import annotations

from data_schema.results import Estimate
from reports.metadata import Metadata
from reports.rows import Rows
from reports.shown import show
from reports.wording import numbers

RECORDED = (
    "This is recorded disease. Without error rates of the records the true prevalence is not "
    "identified."
)


def caveat(rows: Rows, metadata: Metadata) -> str:
    """The one sentence that belongs beside the figure on the first screen."""
    for method in ("begg_greenes", "bayes"):
        row = rows.first(measure="corrected_prevalence", model=method)
        if row is not None and row.estimate is not None:
            source = "those seen in a sample" if method == "begg_greenes" else "assumed"
            return (
                f"This is recorded disease; corrected for error rates ({source}) it is "
                f"{numbers.short_interval(row)}."
            )
    return RECORDED if metadata.is_calcinosis else ""


def evidence(band: Estimate) -> str:
    """What the range itself rests on."""
    return (
        f"The range of {numbers.bounds(band)}% is itself weakly supported: it comes from "
        f"{band.reason}. It does not say which prevalence it is, so every definition of prevalence "
        "has its own verdict."
    )


def explained(rows: Rows) -> list[str]:
    """How many recorded cases error alone could make."""
    curve = rows.numbers(measure="false_share", model="specificity")
    if not curve:
        return []
    row = min(curve, key=lambda one: abs((one.x or 0) - 0.999))
    said = [
        f"With a specificity of {100 * (row.x or 0):g}%, up to {numbers.estimate(row)} of the "
        "recorded cases would be false, whatever the sensitivity."
    ]
    rates = rows.numbers(measure="false_share", model="false_onsets_per_1000_py")
    if rates:
        one = min(rates, key=lambda row: abs((row.x or 0) - 0.2))
        said.append(
            f"New false cases accrue with time: at {one.x:g} per 1,000 person-years they would be "
            f"{numbers.estimate(one)} of the new cases."
        )
    return said


def centres(rows: Rows) -> str:
    """How much centres differ, and none of them."""
    levels = {row.level: row for row in rows.numbers(measure="centre_variation")}
    spread, chance = levels.get("range"), levels.get("chance")
    if spread is None or chance is None:
        stated = rows.first(measure="centre_variation", status="not_estimable")
        show(stated)
        return stated.reason if stated is not None else ""
    if not numbers.bounds(spread) or spread.lower == spread.upper:
        return f"The {numbers.count(spread.x)} centres differ no more than chance would have them."
    return (
        f"Over {numbers.count(spread.x)} centres the prevalence varies more than chance alone by a "
        f"factor of {numbers.estimate(levels['overdispersion'])} in variance; 95% of centres are "
        "estimated to lie within "
        f"{numbers.bounds(spread)}%."
    )
