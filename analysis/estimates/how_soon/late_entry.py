"""Cumulative incidence that ignores late entry, and its ratio to the right one.

People who enter late are there because nothing happened to them before; a curve that starts them
at first dialysis adds time in which they could not be seen to have the event. Who left and came
back is away in between in both curves.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from analysis.estimates.estimate_rows.curve_points import curve_rows, grid
from analysis.estimates.how_soon.starting_time import AtRiskPeriods
from analysis.estimates.inputs.cohort_tables import Cohort
from analysis.survival.curves.aalen_johansen import aalen_johansen
from analysis.survival.curves.curve import Curve
from data_schema.follow_up import DAYS_A_YEAR
from data_schema.results import Estimate

SHOWN = ("onset", "death")
REASON = "Counts all people as followed from the first day of the curve, whenever they entered."


def late_entry_rows(cohort: Cohort, at_risk: AtRiskPeriods, curve: Curve) -> list[Estimate]:
    """The curves without late entry, and at each horizon what they say over what is right.

    None where nobody enters after the starting day.
    """
    if not at_risk.any_late or curve.status == "not_estimable":
        return []
    codes = [int(code) for code in cohort.causes.values()]
    whole = np.where(at_risk.first, at_risk.since, at_risk.start)
    ignoring = aalen_johansen(at_risk.stop, at_risk.state, start=whole, causes=codes)
    rows = []
    for column, name in enumerate(cohort.causes):
        if name not in SHOWN:
            continue
        template = Estimate(
            "how_soon",
            "ignoring_late_entry",
            "cohort",
            name,
            model="aalen_johansen",
            reason=REASON,
            people=float(at_risk.n_people),
        )
        days = [day for day in _days(cohort) if day > at_risk.since]
        rows += curve_rows(template, ignoring, grid(cohort, at_risk.since), column)
        rows += [
            _ratio(
                replace(template, denominator=float(at_risk.n_people)),
                (ignoring, curve),
                column,
                day,
            )
            for day in days
            if day <= curve.times[-1]
        ]
    return rows


def _days(cohort: Cohort) -> list[float]:
    return [year * DAYS_A_YEAR for year in cohort.study.horizons.years]


def _ratio(template: Estimate, curves: tuple[Curve, Curve], column: int, day: float) -> Estimate:
    """``F ignoring late entry / F`` at a day, of the two curves."""
    curve = curves[1]
    wrong, right = (float(c.at([day]).estimate[0, column]) for c in curves)
    happened = curve.times <= day
    events = float(curve.n_event[happened, column].sum())
    row = replace(
        template,
        measure="late_entry_ratio",
        time=day,
        numerator=events,
        events=events,
        unit="ratio",
    )
    if right == 0:
        return replace(row, status="not_estimable", reason="No event by then.")
    return replace(row, estimate=wrong / right)
