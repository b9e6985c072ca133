"""Attrition: people excluded step by step; steps that exclude no one are kept."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from analysis.cohort.bucket import Bucket
from analysis.cohort.case_definition.cases import Cases
from analysis.cohort.follow_up.presence import is_one_of
from analysis.cohort.follow_up.time_at_risk import FollowUp
from analysis.study import Study
from data_schema.results import Estimate

# step -> sentence; the order is the order in which people are left out
STEPS = {
    "extract": "People in the extract",
    "minimum_age": "Younger than the protocol's minimum age, or age unknown where it has one",
    "day_zero": "Died, transplanted or recovered on the day of first dialysis",
    "not_observable": "Never observable for the records that the outcome needs",
    "prevalent": "Had the outcome on or before the day of entry (prevalent, not incident)",
    "left_before_entry": "Left follow-up on or before the day of entry",
    "excluded_cause": "Outcome explained by an excluding diagnosis; not counted as a case, kept",
}
LEAVING = tuple(step for step in STEPS if step not in ("extract", "excluded_cause"))


def left_out_at(
    bucket: Bucket, study: Study, cases: Cases, follow_up: FollowUp, age: NDArray[np.float64]
) -> NDArray[np.object_]:
    """For each person the first step that leaves them out, or an empty text."""
    conditions = _conditions(bucket, study, cases, follow_up, age)
    step = np.full(bucket.n, "", dtype=object)
    for name in reversed(LEAVING):
        step[conditions[name]] = name
    return step


def has_stayed(
    bucket: Bucket, study: Study, cases: Cases, follow_up: FollowUp, age: NDArray[np.float64]
) -> NDArray[np.bool_]:
    """For each person whether no step leaves them out."""
    conditions = _conditions(bucket, study, cases, follow_up, age)
    return ~np.any([conditions[name] for name in LEAVING], axis=0)


def _conditions(
    bucket: Bucket, study: Study, cases: Cases, follow_up: FollowUp, age: NDArray[np.float64]
) -> dict[str, NDArray[np.bool_]]:
    minimum = study.population.minimum_age
    return {
        "minimum_age": ~(age >= minimum) if minimum > 0 else np.zeros(bucket.n, dtype=bool),
        "day_zero": (follow_up.leave <= 0)
        & is_one_of(follow_up.presence.leave_why, ("death", "transplant", "recovery")),
        "not_observable": ~follow_up.observable,
        "prevalent": cases.onset <= follow_up.entry,
        "left_before_entry": follow_up.exit <= follow_up.entry,
    }


def attrition_rows(counts: dict[str, int]) -> list[Estimate]:
    """The flow as estimates: at each step people excluded and people remaining.

    ``counts``: people in the ``extract`` and people left out at each step.
    """
    remaining = counts["extract"]
    above = _row("extract", 0, "remaining", remaining, "")
    rows = [above]
    for order, step in enumerate(LEAVING, start=1):
        remaining -= counts[step]
        excluded = _row(step, order, "excluded", counts[step], above.id)
        below = _row(step, order, "remaining", remaining, above.id)
        rows += [excluded, below]
        above = below
    return rows


def _row(step: str, order: int, level: str, n: int, sums_to: str) -> Estimate:
    return Estimate(
        "flow",
        "attrition",
        population="extract",
        term=step,
        level=level,
        x=float(order),
        estimate=float(n),
        numerator=float(n),
        unit="people",
        sums_to=sums_to,
        reason=STEPS[step],
    )
