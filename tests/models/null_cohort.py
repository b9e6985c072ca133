"""People of whom nothing says when they fall ill: neither sex, age, laboratory value nor entry.

Hazards are constant and the same for all; people enter late and leave for all the usual reasons.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from small_cohort import NEVER, PERSON, cohort, with_table

from analysis.estimates.inputs.cohort_tables import Cohort
from analysis.study import Study

YEAR = 365.25
PEOPLE = 1_200
HAZARDS = (0.12, 0.10, 0.05)  # a year: onset, death, transplantation
INTERVAL = 180.0
UNKNOWN = 0.1  # of the laboratory values, at random


def null_cohort(study: Study, seed: int, people: int = PEOPLE) -> Cohort:
    """``people`` without any effect, three laboratory values that move every 180 days."""
    random = np.random.default_rng(seed)
    ends = 90 + np.floor(random.exponential(YEAR / np.array(HAZARDS), (people, 3)))
    entry = np.floor(90 + random.uniform(0, 2 * YEAR, people) * random.integers(0, 2, people))
    censored = np.floor(entry + random.uniform(YEAR, 8 * YEAR, people))
    exit_day = np.minimum(ends.min(axis=1), censored)
    kept = exit_day > entry
    state = np.where(exit_day < censored, 1 + ends.argmin(axis=1), 0)
    rows = pd.DataFrame({"entry": entry, "exit": exit_day, "state": state})[kept]
    rows = rows.assign(
        leave=np.where(rows["state"] == 1, np.minimum(censored, ends[:, 1:].min(axis=1))[kept], 0)
    )
    rows["leave"] = rows["leave"].where(rows["state"] == 1, rows["exit"])
    rows["onset"] = rows["exit"].where(rows["state"] == 1, NEVER)
    rows["sex"] = random.choice(["female", "male"], len(rows))
    rows["age_at_entry"] = random.normal(60, 12, len(rows))
    rows["centre_id"] = random.choice([f"C{i}" for i in range(20)], len(rows))
    rows["protocol_entry"] = rows["entry"]
    made = cohort([PERSON | row for row in rows.to_dict("records")], study)
    return with_table(made, "intervals", _intervals(made.at_risk_periods(), random))


def _intervals(periods: pd.DataFrame, random: np.random.Generator) -> pd.DataFrame:
    """Time at risk in pieces of 180 days, each with values of its own."""
    n = np.ceil((periods["stop"] - periods["start"]) / INTERVAL).astype(int).to_numpy()
    whole = periods.loc[periods.index.repeat(n)].reset_index(drop=True)
    start = whole["start"] + INTERVAL * whole.groupby("person").cumcount()
    stop = np.minimum(start + INTERVAL, whole["stop"])
    values = {
        "pth": np.exp(random.normal(3.2, 0.7, len(whole))),
        "calcium_corrected": random.normal(2.3, 0.2, len(whole)),
        "phosphate": random.normal(1.7, 0.4, len(whole)),
    }
    known = {
        name: np.where(random.random(len(whole)) < UNKNOWN, np.nan, at)
        for name, at in values.items()
    }
    state = whole["state"].where(stop == whole["stop"], 0)
    return whole.assign(start=start, stop=stop, state=state, **known)
