"""Time at risk split by era and by treatment: days and events conserved, levels by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analysis.estimates.how_soon.person_time_by import by_era, by_modality
from analysis.estimates.how_soon.starting_time import AtRiskPeriods


def at_risk_periods(start: list[float], stop: list[float], state: list[int]) -> AtRiskPeriods:
    n = len(start)
    return AtRiskPeriods(
        np.arange(n) + 7, np.array(start), np.array(stop), np.array(state), min(start), True
    )


def test_an_era_begins_the_day_after_its_break() -> None:
    # Day 0 is calendar day 100 for the first and 300 for the second; the break is day 350.
    split = by_era(
        at_risk_periods([10, 0], [250, 100], [1, 2]),
        np.array([100.0, 300]),
        np.array([350.0]),
        ["a", "b"],
    )
    rows = zip(split.level, split.start, split.stop, split.state, strict=True)
    assert list(rows) == [("a", 10, 250, 1), ("a", 0, 50, 0), ("b", 50, 100, 2)]


def test_days_and_events_are_conserved_over_eras() -> None:
    random = np.random.default_rng(2)
    start = random.integers(0, 500, 200).astype(float)
    whole = AtRiskPeriods(
        np.arange(200),
        start,
        start + random.integers(1, 900, 200),
        random.integers(0, 3, 200),
        0.0,
        True,
    )
    split = by_era(whole, random.uniform(-300, 300, 200), np.array([0.0, 400.0]), list("abc"))
    np.testing.assert_allclose((split.stop - split.start).sum(), (whole.stop - whole.start).sum())
    assert np.bincount(split.state)[1:].tolist() == np.bincount(whole.state)[1:].tolist()


def test_treatment_by_hand() -> None:
    spells = pd.DataFrame(
        [
            (8, 0.0, 50.0, "HD"),  # of the second period: at risk from day 20 on
            (8, 50.0, 90.0, "PD"),
            (8, 90.0, 400.0, "TX"),  # after its exit
            (99, 0.0, 50.0, "HD"),  # of nobody at risk
            (7, 0.0, 30.0, "HD"),  # then 5 days of nothing known
            (7, 35.0, np.inf, "PD"),
        ],
        columns=["person", "start", "stop", "modality"],
    )
    split = by_modality(at_risk_periods([0, 20], [40, 90], [0, 1]), spells)
    rows = sorted(zip(split.level, split.start, split.stop, split.state, strict=True))
    assert rows == [("HD", 0, 30, 0), ("HD", 20, 50, 0), ("PD", 35, 40, 0), ("PD", 50, 90, 1)]
