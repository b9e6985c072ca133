"""The table of people: one row a person, days on their own clock."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.cohort.attrition import left_out_at
from analysis.cohort.bucket import Bucket, Days, days_between
from analysis.cohort.case_definition.adjudication import verdicts
from analysis.cohort.case_definition.cases import TIERS, Cases
from analysis.cohort.case_definition.lab_criterion import criterion_state
from analysis.cohort.case_definition.negative_assessments import negative_assessments
from analysis.cohort.case_definition.sites import sites_seen
from analysis.cohort.follow_up.observation import registration
from analysis.cohort.follow_up.presence import Codes
from analysis.cohort.follow_up.time_at_risk import FollowUp
from analysis.cohort.laboratory.parathyroidectomy import parathyroidectomy_day, resolution_day
from analysis.study import Study
from data_schema.follow_up import DAYS_A_YEAR, EXIT_REASONS, STATES


def age_at_first_dialysis(bucket: Bucket) -> NDArray[np.float64]:
    """Years, from the birth date where there is one, else as the extract gives it."""
    born = bucket.patients["birth_date"]
    first = bucket.patients["first_dialysis_date"]
    days = days_between(born, first, "day")
    given = bucket.patients["age_at_first_dialysis"].to_numpy(np.float64)
    return np.where(np.isfinite(days), days / DAYS_A_YEAR, given)


def people_frame(bucket: Bucket, study: Study, cases: Cases, follow_up: FollowUp) -> pd.DataFrame:
    """All people of the bucket, also those left out; ``person`` is unique over buckets."""
    age = age_at_first_dialysis(bucket)
    step = left_out_at(bucket, study, cases, follow_up, age)
    operated, operated_before = parathyroidectomy_day(bucket)
    period_leave, period_why = follow_up.presence.period_end(follow_up.exit)
    operated_leave, operated_why = follow_up.presence.period_end(operated + 1)  # [start, stop)
    assessed = negative_assessments(bucket, study, cases.onset, follow_up)
    patients = bucket.patients
    registered, gone = registration(bucket, study)
    return pd.DataFrame(
        {
            "person": bucket.persons(np.arange(bucket.n)),
            "sex": patients["sex"],
            "age_at_entry": age,
            "primary_renal_disease": patients["primary_renal_disease"],
            "centre_id": patients["centre_id"],
            "origin": _origin(bucket, study),
            "protocol_entry": follow_up.protocol_entry,
            "entry": follow_up.entry,
            "last_entry": follow_up.last_entry,
            "exit": follow_up.exit,
            "exit_reason": follow_up.exit_reason,
            "state": state_code(follow_up.exit_why, study),
            "leave": follow_up.leave,
            "leave_reason": follow_up.leave_reason,
            "period_leave": period_leave,  # of the period in which follow-up ends
            "period_leave_reason": period_why,
            "operated_leave": operated_leave,  # of the period of the parathyroidectomy
            "operated_leave_reason": operated_why,
            "onset": cases.onset,
            "onset_unobserved": follow_up.unobserved,
            "tier": cases.tier,
            "last_negative": cases.last_negative,
            "free_since": assessed.free_since,
            "last_negative_by_exit": assessed.last_negative_by_exit,
            "excluded_case": cases.excluded,
            "parathyroidectomy": operated,
            "parathyroidectomy_before": operated_before,
            "resolution": resolution_day(bucket, cases.onset),
            "left_out_at": step,
            "in_cohort": step == "",
            "precision": bucket.precision,
            **_tiers(bucket, cases),
            "registered": registered,
            "gone": gone,
            **sites_seen(bucket),
            **verdicts(bucket),
        }
    )


def _tiers(bucket: Bucket, cases: Cases) -> dict[str, NDArray]:
    """Of each tier the day, the day without the laboratory criterion, and what the labs say."""
    days = {f"{tier}_day": cases.tier_day[tier] for tier in TIERS if tier in cases.tier_day}
    found = {f"{tier}_found": day for tier, day in cases.found_day.items()}
    labs = {f"{tier}_labs": criterion_state(bucket, day) for tier, day in cases.found_day.items()}
    return days | found | labs


def state_code(why: Codes, study: Study) -> NDArray[np.int64]:
    """0 censored, else the position in ``STATES``; only the protocol's competitors compete."""
    counted = ("onset", *study.outcome.competing)
    states = [STATES.index(name) if name in counted else 0 for name in EXIT_REASONS]
    return np.array(states, dtype=np.int64)[why]


def _origin(bucket: Bucket, study: Study) -> Days:
    """First dialysis in days since the start of data (negative before it)."""
    return -bucket.days_of(study.population.data_start)
