"""Stays of the people followed, and when people are observable: what goes to the estimates.

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
    """Stays and people disagree: a fault of this program, not of the data."""


def stays_frame(study: Study, people: pd.DataFrame, follow_up: FollowUp) -> pd.DataFrame:
    """Columns person, start, stop, state: time at risk of onset ``(start, stop]``, stay by stay.

    ``state`` is 0 but where the last stay ends with an event. Everybody in the cohort has a stay,
    nobody else has.
    """
    kept = people["in_cohort"].to_numpy()[follow_up.stays.person]
    stays = follow_up.stays.where(kept)
    frame = pd.DataFrame(
        {
            "person": stays.person,
            "start": stays.start,
            "stop": stays.stop,
            "state": state_code(follow_up.stay_why, study)[kept],
        }
    )
    followed = people["in_cohort"].to_numpy()
    _conserve(people[["entry", "last_entry", "exit", "state"]][followed], frame)
    return frame


def covered_frame(bucket: Bucket, study: Study) -> pd.DataFrame:
    """Columns person, start, stop: observable on the days ``[start, stop)``, of everybody."""
    return pd.DataFrame(covered(bucket, study.population.coverage)._asdict())


def _conserve(people: pd.DataFrame, stays: pd.DataFrame) -> None:
    """The first stay begins on the day of entry, the last ends on that of exit, with its state."""
    first = stays.drop_duplicates("person", keep="first")
    last = stays.drop_duplicates("person", keep="last")
    same = (
        np.array_equal(first["start"], people["entry"])
        and np.array_equal(last["start"], people["last_entry"])
        and np.array_equal(last["stop"], people["exit"])
        and np.array_equal(last["state"], people["state"])
        and stays["state"].sum() == people["state"].sum()
    )
    if not same:
        raise ConservationError("stays differ from entry and exit")
