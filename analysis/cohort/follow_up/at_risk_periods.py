"""At-risk periods of the people followed, and when people are observable: what goes to the
estimates.

``person`` is a row number of the bucket in both.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from analysis.cohort.bucket import Bucket
from analysis.cohort.follow_up.observation import covered
from analysis.cohort.follow_up.time_at_risk import FollowUp
from analysis.cohort.people import state_code
from analysis.study import Study


class ConservationError(AssertionError):
    """At-risk periods and people disagree: a fault of this program, not of the data."""


def at_risk_frame(study: Study, people: pd.DataFrame, follow_up: FollowUp) -> pd.DataFrame:
    """Columns person, start, stop, state: time at risk of onset ``(start, stop]``, period by
    period.

    ``state`` is 0 but where the last period ends with an event. Everybody in the cohort has a
    period, nobody else has.
    """
    kept = people["in_cohort"].to_numpy()[follow_up.at_risk_periods.person]
    at_risk_periods = follow_up.at_risk_periods.where(kept)
    frame = pd.DataFrame(
        {
            "person": at_risk_periods.person,
            "start": at_risk_periods.start,
            "stop": at_risk_periods.stop,
            "state": state_code(follow_up.period_why, study)[kept],
        }
    )
    followed = people["in_cohort"].to_numpy()
    _conserve(people[["entry", "last_entry", "exit", "state"]][followed], frame)
    return frame


def covered_frame(bucket: Bucket, study: Study) -> pd.DataFrame:
    """Columns person, start, stop: observable on the days ``[start, stop)``, of everybody."""
    return pd.DataFrame(covered(bucket, study.population.coverage)._asdict())


def _conserve(people: pd.DataFrame, at_risk_periods: pd.DataFrame) -> None:
    """The first period begins on the day of entry, the last ends on that of exit, with its
    state."""
    first = at_risk_periods.drop_duplicates("person", keep="first")
    last = at_risk_periods.drop_duplicates("person", keep="last")
    same = (
        np.array_equal(first["start"], people["entry"])
        and np.array_equal(last["start"], people["last_entry"])
        and np.array_equal(last["stop"], people["exit"])
        and np.array_equal(last["state"], people["state"])
        and at_risk_periods["state"].sum() == people["state"].sum()
    )
    if not same:
        raise ConservationError("at-risk periods differ from entry and exit")
