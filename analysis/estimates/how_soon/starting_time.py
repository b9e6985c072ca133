"""Starting day of a curve: under late entry few are at risk early.

The starting day is the smallest from which at least ``fewest`` people (protocol, horizons) are
at risk at every later event time until the risk set is at its largest. Curves are conditional on
being event-free and followed then; nothing is said of the time before it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import ceil

import numpy as np
from numpy.typing import NDArray

from analysis.estimates.inputs.cohort_tables import Cohort
from analysis.survival.curves.product_limit import kaplan_meier
from data_schema.results import Estimate

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class StartingDay:
    """``day``; the most people ever at risk at an event; whether ``fewest`` was ever reached."""

    day: float
    most_at_risk: float
    reached: bool


@dataclass(frozen=True)
class AtRiskPeriods:
    """Time at risk from the starting day on: ``(start, stop]`` with the state at ``stop``.

    Several rows for who left and returned, in the order of people and days.
    """

    person: Ints
    start: Floats
    stop: Floats
    state: Ints
    since: float
    reached: bool

    @property
    def n_people(self) -> int:
        return int(self.first.sum())

    @property
    def first(self) -> NDArray[np.bool_]:
        """Which rows are the first of their person."""
        return np.append(True, self.person[1:] != self.person[:-1])[: len(self.person)]

    @property
    def any_late(self) -> bool:
        """Whether anybody is first at risk after the starting day; a return is no entry."""
        return bool((self.start[self.first] > self.since).any())

    def where(self, kept: NDArray[np.bool_]) -> AtRiskPeriods:
        """Some of the rows."""
        return replace(
            self,
            person=self.person[kept],
            start=self.start[kept],
            stop=self.stop[kept],
            state=self.state[kept],
        )

    def caveat(self, fewest: int) -> str:
        """Why the curves of these people need care; empty where they do not."""
        if self.reached:
            return ""
        return f"Never are {fewest} people at risk at one event, as the protocol asks."


def starting_day(start: Floats, stop: Floats, event: Floats | Ints, fewest: int) -> StartingDay:
    """The smallest day from which ``fewest`` are at risk at every event until most are.

    ``start, stop, event`` (n,), event true for any cause. Nobody entering late, it is the first
    entry. Where ``fewest`` is never reached it is the first entry too, ``reached`` false.
    """
    first = float(np.min(start)) if len(start) else 0.0
    curve = kaplan_meier(stop, np.asarray(event) > 0, start=start) if len(start) else None
    if curve is None or not (curve.n_event > 0).any():
        return StartingDay(first, 0.0, True)
    happens = curve.n_event > 0
    times, at_risk = curve.times[happens], curve.n_risk[happens]
    peak = int(np.argmax(at_risk))
    most = float(at_risk[peak])
    thin = np.flatnonzero(at_risk[:peak] < fewest)
    if most < fewest or len(thin) == 0:
        return StartingDay(first, most, most >= fewest)
    return StartingDay(float(times[thin[-1]]), most, True)


def from_day(
    day: float, start: Floats, stop: Floats, state: Ints
) -> tuple[Floats, Floats, Ints, NDArray[np.bool_]]:
    """Those still followed after ``day``, entering no earlier: start, stop, state, who is kept."""
    kept = stop > day
    return np.maximum(start[kept], day), stop[kept], state[kept], kept


def at_risk_periods(cohort: Cohort) -> AtRiskPeriods:
    """Everyone's time at risk from the starting day of the cohort.

    A starting day after the protocol's entry goes up to the curve's next step, so that it is
    nobody's day.
    """
    horizons = cohort.study.horizons
    rows = cohort.at_risk_periods()
    person, start, stop, state = (
        rows[name].to_numpy() for name in ("person", "start", "stop", "state")
    )
    found = starting_day(start, stop, state, horizons.fewest_at_risk)
    day, step = found.day, horizons.curve_step_days
    if day > float(cohort.study.population.entry_after_days):
        day = float(step * ceil(day / step))
    late_start, late_stop, late_state, kept = from_day(day, start, stop, state)
    return AtRiskPeriods(person[kept], late_start, late_stop, late_state, day, found.reached)


def flagged(row: Estimate, caveat: str) -> Estimate:
    """The row with a caveat, where there is one and the row has a number."""
    if not caveat or row.status not in ("ok", "flagged"):
        return row
    reason = f"{row.reason} {caveat}".strip() if row.reason else caveat
    return replace(row, status="flagged", reason=reason)
