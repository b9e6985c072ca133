"""What then: laboratory values and resolution after parathyroidectomy, described.

The clock starts at the operation, for people whose disease was active then: nobody is counted as
operated on before the operation, so no time is immortal; it stops with the period in which the
operation was done. Resolution is the first assessment without calcification; death, transplantation
and recovery compete. A description, not an effect.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from analysis.estimates.description.baseline import summary_rows
from analysis.estimates.estimate_rows.curve_points import curve_rows
from analysis.estimates.inputs.cohort_tables import Cohort
from analysis.estimates.model import NoSettings, registered
from analysis.survival.curves.aalen_johansen import aalen_johansen
from data_schema.declarations import case_report
from data_schema.follow_up import STATES
from data_schema.results import Estimate


@registered(
    "what_then",
    measures=["people", "lab_before", "lab_after", "resolution", "published", "statement"],
    always=True,
    exempt={"late_entry": "counts people operated on, from the operation"},
)
def resolution(cohort: Cohort, _settings: NoSettings) -> list[Estimate]:
    """People operated on, their labs before and after, and the proportion resolved by the
    horizons."""
    if cohort.study.outcome.kind != "calcinosis" or not cohort.can("procedures"):
        reason = cohort.study.cannot_answer.get(
            "what_then", "The extract has no procedures, so parathyroidectomy cannot be found."
        )
        return [Estimate("what_then", "statement", status="not_available", reason=reason)]
    return [*_people(cohort), *_labs(cohort), *_resolved(cohort), *_case()]


def _people(cohort: Cohort) -> list[Estimate]:
    people = cohort.people
    operated = (people["parathyroidectomy"] <= people["leave"]).to_numpy()
    active = _active(cohort)["in_cohort"].to_numpy()
    rows = [
        ("parathyroidectomy", operated.sum()),
        ("parathyroidectomy_with_active_disease", active.sum()),
    ]
    return [
        Estimate(
            "what_then",
            "people",
            "cohort",
            level=level,
            estimate=float(n),
            numerator=float(n),
            unit="people",
        )
        for level, n in rows
    ]


def _active(cohort: Cohort):
    """People, also prevalent ones, whose disease was known and unresolved at the operation."""
    source_population = cohort.source_population[
        cohort.source_population["left_out_at"].isin(["", "prevalent"])
    ]
    at = source_population["parathyroidectomy"]
    active = (source_population["onset"] <= at) & (source_population["resolution"] > at)
    return source_population[active & (at < source_population["operated_leave"])].reset_index(
        drop=True
    )


def _labs(cohort: Cohort) -> list[Estimate]:
    rows, operated = [], cohort.operated()
    for name in cohort.study.exposures.labs:
        for when in ("before", "after"):
            template = Estimate("what_then", f"lab_{when}", "operated on", term=name)
            values = operated.get(f"{when}_{name}")
            if values is not None:
                rows += summary_rows(template, values.to_numpy(float))
    return rows


def _resolved(cohort: Cohort) -> list[Estimate]:
    people = _active(cohort)
    template = Estimate(
        "what_then",
        "resolution",
        "active disease at parathyroidectomy",
        "resolved",
        model="aalen_johansen",
        people=float(len(people)),
    )
    if len(people) == 0:
        reason = "Nobody had active disease at a parathyroidectomy."
        return [replace(template, status="not_estimable", reason=reason)]
    operation, leave = people["parathyroidectomy"], people["operated_leave"]
    resolved = people["resolution"] <= leave
    stop = np.minimum(people["resolution"], leave) - operation
    competing = people["operated_leave_reason"].map(
        {name: STATES.index(name) for name in cohort.study.outcome.competing}
    )
    cause = np.where(resolved, 1, competing.fillna(0)).astype(int)
    curve = aalen_johansen(stop, cause, causes=[1, 2, 3, 4])
    horizons = np.array(cohort.study.parathyroidectomy.horizons_days, dtype=float)
    return curve_rows(template, curve, horizons, 0)


def _case() -> list[Estimate]:
    return [
        Estimate(
            "what_then",
            "published",
            term=f"{name}_{when}",
            estimate=float(lab[when]),
            unit=lab["unit"],
            reason=case_report()["source"],
        )
        for name, lab in case_report()["labs"].items()
        for when in ("before", "after")
    ]
