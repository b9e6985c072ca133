"""Length and completeness of follow-up: person-years, entry, reasons for leaving, median
follow-up."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from analysis.estimates.inputs.cohort_tables import Cohort
from analysis.estimates.model import NoSettings, registered
from analysis.survival.curves.product_limit import kaplan_meier
from data_schema.follow_up import DAYS_A_YEAR, EXIT_REASONS
from data_schema.results import Estimate

# the step of the flow of which these people are parts
PREVALENT_STEP = Estimate(
    "flow", "attrition", "extract", term="prevalent", level="excluded", x=4.0
).id


@registered(
    "follow_up",
    measures=[
        "people",
        "person_years",
        "median",
        "exits",
        "returned",
        "onset_unobserved",
        "follow_up_time",
        "prevalent",
    ],
    always=True,
    exempt={"late_entry": "counts people, and how long each was followed"},
)
def follow_up(cohort: Cohort, _settings: NoSettings) -> list[Estimate]:
    """Rows of the follow-up part."""
    people, at_risk_periods = cohort.people, cohort.at_risk_periods()
    years = float((at_risk_periods["stop"] - at_risk_periods["start"]).sum()) / DAYS_A_YEAR
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
    rows = [total, time, *_entries(cohort, total.id), *_exits(cohort, total.id), _median(cohort)]
    return rows + _several_periods(cohort, total.id) + _prevalent(cohort)


def _entries(cohort: Cohort, total: str) -> list[Estimate]:
    """People who enter on the protocol's day and later; of the latter, how long they had been
    on dialysis."""
    entry = cohort.people["entry"].to_numpy(float)
    late = entry > cohort.people["protocol_entry"].to_numpy(float)
    rows = [
        Estimate(
            "follow_up",
            "people",
            "cohort",
            term="entry",
            level=level,
            estimate=float(n),
            numerator=float(n),
            unit="people",
            sums_to=total,
        )
        for level, n in (("on_the_day", (~late).sum()), ("late", late.sum()))
    ]
    if not late.any():
        return rows
    low, middle, high = np.quantile(entry[late] / DAYS_A_YEAR, [0.25, 0.5, 0.75])
    row = Estimate(
        "follow_up",
        "median",
        "entered late",
        term="entry_years",
        estimate=float(middle),
        lower=float(low),
        upper=float(high),
        denominator=float(late.sum()),
        unit="years",
    )
    return [*rows, row]


def _prevalent(cohort: Cohort) -> list[Estimate]:
    """People with onset by entry, who are no new cases: before dialysis, and from then to entry."""
    if cohort.study.outcome.kind == "death":
        return []
    source_population = cohort.source_population
    excluded = source_population["left_out_at"] == "prevalent"
    before = source_population["onset"] < 0
    return [
        Estimate(
            "follow_up",
            "prevalent",
            "extract",
            "onset",
            level=level,
            estimate=float(n),
            numerator=float(n),
            unit="people",
            sums_to=PREVALENT_STEP,
        )
        for level, n in (
            ("before_dialysis", (excluded & before).sum()),
            ("from_dialysis_to_entry", (excluded & ~before).sum()),
        )
    ]


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


def _several_periods(cohort: Cohort, total: str) -> list[Estimate]:
    """People who left and returned, and onsets on a day outside every at-risk period; none: no
    rows."""
    returned = cohort.people["last_entry"] > cohort.people["entry"]
    unobserved = cohort.people["onset_unobserved"]
    parts = {
        "returned": {"once_or_more": returned.sum()},
        "onset_unobserved": {
            "between_at_risk_periods": (unobserved == "between_at_risk_periods").sum(),
            "after_the_last_at_risk_period": (unobserved == "after_the_last_at_risk_period").sum(),
        },
    }
    return [
        Estimate(
            "follow_up",
            measure,
            "cohort",
            level=level,
            estimate=float(n),
            numerator=float(n),
            unit="people",
            sums_to=total,
        )
        for measure, levels in parts.items()
        if any(levels.values())
        for level, n in levels.items()
    ]


def _median(cohort: Cohort) -> Estimate:
    """Reverse Kaplan-Meier (Schemper and Smith, 1996): time to the end of observation.

    From the first entry to the last exit; absences in between are part of it.
    """
    people = cohort.people
    row = Estimate(
        "follow_up",
        "follow_up_time",
        "cohort",
        model="reverse_kaplan_meier",
        denominator=float(len(people)),
        people=float(len(people)),
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
