"""Prevalence defined as a risk: detected disease by a horizon, other events competing."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtr, stdtrit

from analysis.estimates.estimate_rows.counted_people import centre_codes
from analysis.estimates.inputs.cohort_tables import Cohort
from analysis.survival.curves.aalen_johansen import aalen_johansen
from data_schema.follow_up import DAYS_A_YEAR
from data_schema.results import Estimate

GROUPS = 10  # of centres, at most: one curve each
MODEL = "aalen_johansen"


def lifetime_rows(cohort: Cohort, reading: str, floor: float, ceiling: float) -> list[Estimate]:
    """Cumulative incidence at the protocol's last horizon and its four p-values.

    The error is a delete-a-group jackknife over at most 10 groups of centres, on the complementary
    log-log scale, with Student's t on groups − 1 degrees of freedom (Wolter, 2007).
    """
    people = cohort.people
    horizon = max(cohort.study.horizons.years, default=0.0)
    row = _template(cohort, reading, horizon)
    if len(people) == 0 or horizon == 0:
        return [replace(row, status="not_estimable", reason="Nobody is followed to a horizon.")]
    columns = tuple(people[name].to_numpy() for name in ("exit", "state", "entry"))
    whole = _risk(cohort, columns, horizon * DAYS_A_YEAR)
    if whole is None or not 0 < whole < 1:
        return [
            replace(row, status="not_estimable", reason="No onset, or nobody at risk, by then.")
        ]
    group = centre_codes(people["centre_id"]) % GROUPS
    if len(np.unique(group)) < 2:
        return [replace(row, estimate=whole, status="flagged", reason="One centre: no error.")]
    found = Jackknife(_scale(whole), *_error(cohort, columns, group, horizon * DAYS_A_YEAR))
    low, high = (_back(found.at + side * found.reach) for side in (-1, 1))
    row = replace(row, estimate=whole, lower=low, upper=high)
    return [row, *_tests(row, found, (floor, ceiling))]


@dataclass(frozen=True)
class Jackknife:
    """An estimate on the complementary log-log scale, its error and degrees of freedom."""

    at: float
    error: float
    free: int

    @property
    def reach(self) -> float:
        """Half of the 95 % interval."""
        return float(stdtrit(self.free, 0.975)) * self.error

    def above(self, end: float) -> float:
        """One-sided p-value of lying above ``end``."""
        off = self.at - _scale(end)
        return float(stdtr(self.free, -(off / self.error if self.error > 0 else np.inf * off)))


def _template(cohort: Cohort, reading: str, horizon: float) -> Estimate:
    people, day = cohort.people, horizon * DAYS_A_YEAR
    return Estimate(
        "how_common",
        "lifetime_risk",
        "on dialysis",
        "+".join(cohort.study.outcome.tiers),
        model=MODEL,
        term=f"by {horizon:g} years",
        time=day,
        reference=_curve_id(horizon),
        specification=reading,
        unit="proportion",
        denominator=float(len(cohort.people)),
        events=float(((people["state"] == 1) & (people["exit"] <= day)).sum()),
        people=float(len(people)),
    )


def _error(
    cohort: Cohort, columns: tuple[NDArray, ...], group: NDArray[np.int64], day: float
) -> tuple[float, int]:
    """Standard error and degrees of freedom, a group of centres left out at a time."""
    groups = np.unique(group)
    parts = [_risk(cohort, tuple(one[group != g] for one in columns), day) for g in groups]
    each = np.array([_scale(part or 1e-12) for part in parts])
    free = len(groups) - 1
    return float(np.sqrt(free / len(groups) * ((each - each.mean()) ** 2).sum())), free


def _tests(row: Estimate, found: Jackknife, ends: tuple[float, float]) -> list[Estimate]:
    """Above and below each end of the range."""
    blank = replace(row, measure="band_test", lower=None, upper=None, unit="p-value")
    sides = {"above": found.above, "below": lambda end: 1 - found.above(end)}
    return [
        replace(blank, level=level, x=end, estimate=p(end))
        for end in ends
        for level, p in sides.items()
    ]


def _risk(cohort: Cohort, columns: tuple[NDArray, ...], day: float) -> float | None:
    stop, state, start = columns
    causes = [int(code) for code in cohort.causes.values()]
    curve = aalen_johansen(stop, state, start=start, causes=causes)
    if curve.status not in ("ok", "risk_set_emptied"):
        return None
    at = curve.at(np.array([day]))
    return float(at.estimate[0, 0])


def _scale(value: float) -> float:
    return float(np.log(-np.log1p(-value)))


def _back(value: float) -> float:
    return float(-np.expm1(-np.exp(value)))


def _curve_id(horizon: float) -> str:
    """The row of the curve that shows the same number; hidden there, hidden here."""
    return Estimate(
        "how_soon",
        "cumulative_incidence",
        "cohort",
        "onset",
        model=MODEL,
        time=horizon * DAYS_A_YEAR,
    ).id
