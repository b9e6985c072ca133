"""Registries as follow-up: cumulative incidence, time lost, and when onsets fall.

Whole days, death, transplantation and recovery competing, a third entering late, and people lost.
The rows are those of the tool, from its own starting day on; the truth is conditional on that day.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd

from analysis.estimates.estimate_rows.curve_points import curve_rows
from analysis.estimates.how_soon.incidence import cumulative_curve
from analysis.estimates.how_soon.onset_timing import HORIZON, case_day, quartile_rows, share_row
from analysis.estimates.how_soon.starting_time import at_risk_periods
from analysis.estimates.inputs.cohort_tables import Cohort
from analysis.estimates.inputs.stage_tables import HeldTables
from analysis.study import PROTOCOLS, Study, read_study
from benchmarks.coverage.counts import Found
from benchmarks.coverage.hazards import Hazards
from data_schema.follow_up import DAYS_A_YEAR
from data_schema.results import Estimate

# a year: onset, death, transplantation, recovery; onsets by ten years are about 2 % of people
HAZARDS = Hazards(
    starts=np.array([0.0, 1.0, 3.0, 7.0]) * DAYS_A_YEAR,
    rates=np.array(
        [
            [0.001, 0.16, 0.03, 0.030],
            [0.004, 0.11, 0.05, 0.005],
            [0.008, 0.12, 0.04, 0.002],
            [0.006, 0.14, 0.02, 0.001],
        ]
    )
    / DAYS_A_YEAR,
)
ENTRY, LATE, LATEST = 90, 1 / 3, 1826
LOST_A_YEAR = 0.02
YEARS = (1, 5, 10)


@cache
def study() -> Study:
    return read_study(PROTOCOLS / "simulated.toml")


def followed(rng: np.random.Generator, people: int, onset_times: float = 1.0) -> Cohort:
    """People as the cohort stage hands them on; ``onset_times`` multiplies the hazard of onset."""
    late = rng.random(people) < LATE
    entry = np.where(late, rng.integers(ENTRY, LATEST, people), ENTRY)
    day, cause = hazards(onset_times).draw(rng, entry.astype(float))
    end = entry + np.minimum(
        rng.integers(1, int(15 * DAYS_A_YEAR), people),
        np.ceil(rng.exponential(DAYS_A_YEAR / LOST_A_YEAR, people)),
    )
    stop = np.minimum(np.ceil(day), end)
    source_population = pd.DataFrame(
        {
            "person": np.arange(people),
            "in_cohort": True,
            "start": entry.astype(np.float64),
            "stop": stop,
            "state": np.where(np.ceil(day) <= end, cause, 0),
        }
    )
    facts = {"tables": ["diagnoses"], "calendar": True, "precision": "day"}
    return Cohort(
        study(), facts, source_population, HeldTables({"at_risk_periods": source_population})
    )


@cache
def hazards(onset_times: float) -> Hazards:
    return Hazards(HAZARDS.starts, HAZARDS.rates * np.array([onset_times, 1.0, 1.0, 1.0]))


def timing(rng: np.random.Generator, people: int, onset_times: float = 1.0) -> Found:
    """Cumulative incidence of onset by 1, 5 and 10 years; quartiles; the share by 15 months."""
    cohort = followed(rng, people, onset_times)
    at_risk = at_risk_periods(cohort)
    curve = cumulative_curve(cohort, at_risk)
    truth = hazards(onset_times)
    since = at_risk.since
    template = Estimate("how_soon", "cumulative_incidence")
    days = np.array(YEARS) * DAYS_A_YEAR
    held: Found = {}
    for row in curve_rows(template, curve, days[days > since], 0):
        assert row.time is not None
        by_then = truth.incidence(np.floor(row.time), since, 1)
        held |= holds(f"incidence by {row.time / DAYS_A_YEAR:g} years", row, by_then)
    for row in quartile_rows(curve, at_risk.n_people):
        assert row.x is not None
        day = truth.quantile(row.x, HORIZON, since, 1)
        held |= holds(f"quartile {row.x:g}", row, day / DAYS_A_YEAR)
    by_horizon = truth.incidence(np.floor(HORIZON), since, 1)
    early = truth.incidence(np.floor(case_day()), since, 1)
    return held | holds("share by 15 months", share_row(curve, since), early / by_horizon)


def holds(name: str, row: Estimate, truth: float) -> Found:
    """Nothing where the row has no interval."""
    if row.lower is None or row.upper is None:
        return {}
    return {name: bool(row.lower <= truth + 1e-12 and truth - 1e-12 <= row.upper)}
