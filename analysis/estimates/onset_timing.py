"""When onsets fall among those by ten years, and how rare one as early as the published case is.

Conditional on onset by ten years: ``F(t) / F(10 y)`` of the cumulative incidence, its quartiles,
and its value at the case's 15 months. Percentile intervals from a bootstrap of people.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from analysis.estimates.cohort_tables import Cohort
from analysis.survival.aalen_johansen import aalen_johansen
from data_schema.declarations import case_report
from data_schema.follow_up import DAYS_A_YEAR
from data_schema.results import Estimate

HORIZON = 10 * DAYS_A_YEAR
QUANTILES = (0.25, 0.5, 0.75)
REPLICATES = 200
SEED = 20_151  # named: the bootstrap of onset timing
FEWEST = 10


def onset_timing(cohort: Cohort) -> list[Estimate]:
    """Quartiles of onset, and the share of onsets as early as the case."""
    if cohort.study.outcome.kind != "calcinosis" or not cohort.can_find_cases:
        return []
    people = cohort.people
    case_day = case_report()["case"]["onset_months"] * DAYS_A_YEAR / 12
    early = people["exit"] <= case_day
    onset = people["state"] == 1
    by_horizon = int((onset & (people["exit"] <= HORIZON)).sum())
    templates = [
        Estimate("how_soon", "onset_quantile", "onsets by 10 years", "onset", x=q, unit="years")
        for q in QUANTILES
    ]
    share = Estimate(
        "how_soon",
        "share_by_case_time",
        "onsets by 10 years",
        "onset",
        model="bootstrap",
        time=case_day,
        unit="proportion",
        numerator=float((onset & early).sum()),
        denominator=float(by_horizon),
    )
    if by_horizon < FEWEST:
        reason = f"Fewer than {FEWEST} onsets by ten years."
        failed = [replace(row, denominator=float(by_horizon)) for row in templates]
        return [replace(row, status="not_estimable", reason=reason) for row in [*failed, share]]
    entry, exit_, state = (people[c].to_numpy() for c in ("entry", "exit", "state"))
    point = timing(entry, exit_, state, case_day)
    low, high = _interval(entry, exit_, state, case_day)
    rows = [replace(row, denominator=float(by_horizon)) for row in templates] + [share]
    return [
        replace(row, estimate=float(e), lower=float(a), upper=float(b))
        for row, e, a, b in zip(rows, point, low, high, strict=True)
    ]


def timing(
    entry: NDArray[np.float64],
    exit_: NDArray[np.float64],
    state: NDArray[np.int64],
    case_day: float,
) -> NDArray[np.float64]:
    """Quartiles in years, then the share of onsets by ``case_day``."""
    curve = aalen_johansen(exit_, state, start=entry)
    if curve.causes is None or 1 not in curve.causes:
        return np.full(len(QUANTILES) + 1, np.nan)
    onset = curve.estimate[:, list(curve.causes).index(1)]
    within = curve.times <= HORIZON
    share = onset[within] / onset[within][-1]
    times = curve.times[within] / DAYS_A_YEAR
    quantiles = [times[np.searchsorted(share, q)] for q in QUANTILES]
    by_then = np.searchsorted(times, case_day / DAYS_A_YEAR, side="right")
    by_case = np.append(0.0, share)[by_then]
    return np.array([*quantiles, by_case])


def _interval(
    entry: NDArray[np.float64],
    exit_: NDArray[np.float64],
    state: NDArray[np.int64],
    case_day: float,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    random = np.random.default_rng(SEED)
    n = len(entry)
    draws = [
        timing(entry[chosen], exit_[chosen], state[chosen], case_day)
        for chosen in (random.integers(0, n, n) for _ in range(REPLICATES))
    ]
    low, high = np.nanpercentile(np.array(draws), [2.5, 97.5], axis=0)
    return low, high
