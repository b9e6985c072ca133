"""How long and how complete: person-years, reasons for leaving, median follow-up."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from analysis.estimates.cohort_tables import Cohort
from analysis.survival.product_limit import kaplan_meier
from data_schema.follow_up import DAYS_A_YEAR, EXIT_REASONS
from data_schema.results import Estimate


def follow_up(cohort: Cohort) -> list[Estimate]:
    """Rows of the follow-up part."""
    people = cohort.people
    years = float((people["exit"] - people["entry"]).sum()) / DAYS_A_YEAR
    total = Estimate(
        "follow_up",
        "people",
        "cohort",
        estimate=float(len(people)),
        numerator=float(len(people)),
        unit="people",
    )
    time = Estimate(
        "follow_up",
        "person_years",
        "cohort",
        estimate=years,
        numerator=float(len(people)),
        person_years=years,
        unit="years",
    )
    return [total, time, *_exits(cohort, total.id), _median(cohort)]


def _exits(cohort: Cohort, total: str) -> list[Estimate]:
    counts = cohort.people["exit_reason"].value_counts()
    return [
        Estimate(
            "follow_up",
            "exits",
            "cohort",
            level=reason,
            estimate=float(counts.get(reason, 0)),
            numerator=float(counts.get(reason, 0)),
            unit="people",
            sums_to=total,
        )
        for reason in EXIT_REASONS
    ]


def _median(cohort: Cohort) -> Estimate:
    """Reverse Kaplan-Meier (Schemper and Smith, 1996): time to the end of observation."""
    people = cohort.people
    row = Estimate(
        "follow_up",
        "follow_up_time",
        "cohort",
        model="reverse_kaplan_meier",
        denominator=float(len(people)),
        unit="years",
    )
    if len(people) == 0:
        return replace(row, status="not_estimable", reason="Nobody is followed.")
    length = people["exit"] - people["entry"]
    curve = kaplan_meier(length, people["exit_reason"].isin(["end_of_data", "lost"]))
    below = np.flatnonzero(curve.estimate <= 0.5)
    if len(below) == 0:
        return replace(row, status="not_estimable", reason="Fewer than half reached their end.")
    return replace(row, estimate=float(curve.times[below[0]]) / DAYS_A_YEAR)
