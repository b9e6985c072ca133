"""Comparison of the primary curves with a second engine, ``lifelines``, from the rows at risk.

Of every primary curve (Kaplan-Meier, Aalen-Johansen) and of the cause-specific Nelson-Aalen the row
says the largest difference over all its points before release, of value, events so far and number
at risk, up to the next power of ten: the digits of a rounding error are the machine's. Its ``x`` is
the most that is allowed; beyond it ``disclose`` releases nothing. A Weibull time to the outcome is
shown beside it and stops nothing: two optimisers agree to some digits only. That ``lifelines``
fails is a status with a reason, and stops nothing either.

The largest of the cohorts are compared on a random sample of people, both engines on the same.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from math import ceil, log10

import numpy as np
from numpy.typing import NDArray

from analysis.estimates.how_soon import lifelines_curves as peer
from analysis.estimates.how_soon.incidence import incidence
from analysis.estimates.how_soon.lifelines_curves import PeerCurve, Periods
from analysis.estimates.inputs.cohort_tables import Cohort, calendar_day
from analysis.estimates.inputs.stage_tables import HeldTables
from analysis.survival.curves.nelson_aalen import nelson_aalen
from analysis.survival.interval_censored.parametric_fit import parametric_curves
from analysis.survival.interval_censored.weibull import weibull
from data_schema.follow_up import DAYS_A_YEAR
from data_schema.results import SECOND_ENGINE_GATES, SECOND_ENGINE_TOLERANCE, Estimate

Floats = NDArray[np.float64]
MOST_PEOPLE = 200_000  # above, a sample of so many
WEIBULL_TOLERANCE = 1e-3
FINEST = -12  # a smaller difference is called 1e-12
CURVES = ("cumulative_incidence", "naive_one_minus_km", "survival")
SHOWN = "shown"
LEFT_OUT = (
    "lifelines is left out of the interval-censored Weibull: with late entry it can leave the "
    "maximum without an exception (14,969 people, a log-likelihood of 7e279)."
)
Points = list[Estimate]


class NoNumberError(ValueError):
    """The second engine has no number where a curve has one."""


@dataclass(frozen=True)
class Compared:
    """A cohort whose curves stand in ``rows``; ``caveat``: which people of it."""

    cohort: Cohort
    rows: Sequence[Estimate]
    caveat: str = ""

    @property
    def since(self) -> float:
        """The day from which curves of competing causes run."""
        days = [row.estimate for row in self.rows if row.measure == "starting_day"]
        return float(days[0] or 0.0) if days else 0.0

    def periods(self, clock: str, since: float) -> Periods:
        """Rows at risk after ``since`` on the clock of a curve: that of the person, or calendar."""
        rows = self.cohort.at_risk_periods()
        person, start, stop, state = (
            rows[name].to_numpy() for name in ("person", "start", "stop", "state")
        )
        if clock == "time_scale=calendar":
            people = self.cohort.people
            origin = people["origin"].to_numpy()[people["person"].searchsorted(person)]
            precision = self.cohort.facts["precision"]
            start, stop = (calendar_day(origin, day, precision) for day in (start, stop))
        kept = stop > since
        return Periods(np.maximum(start[kept], since), stop[kept], state[kept])


def second_engine(cohort: Cohort, rows: Sequence[Estimate]) -> list[Estimate]:
    """The largest difference from ``lifelines`` of each curve in ``rows``, those of ``cohort``."""
    lines = _curves(rows)
    if not lines:
        return []
    compared = _compared(cohort, rows)
    lines = _curves(compared.rows)
    found = [_curve(compared, line) for line in lines]
    competing = [line for line in lines if line[0].measure == "cumulative_incidence"]
    found += [_hazard(compared, line) for line in competing]
    found.append(_weibull(compared, lines[0][0].outcome))
    if any(row.measure == "interval_incidence" and row.model == "weibull" for row in rows):
        found.append(_row("onset", "weibull", "interval_incidence", LEFT_OUT, status="refused"))
    return found


def _curves(rows: Sequence[Estimate]) -> list[Points]:
    """Points of each primary curve that have a number, in the order of the rows."""
    lines: dict[tuple[str, str, str], Points] = {}
    for row in rows:
        is_point = row.time is not None and row.estimate is not None
        primary = (row.declaration.primary_model, "primary")
        if row.measure in CURVES and (row.model, row.specification) == primary and is_point:
            lines.setdefault((row.measure, row.outcome, row.strata), []).append(row)
    return list(lines.values())


def _compared(cohort: Cohort, rows: Sequence[Estimate]) -> Compared:
    people = cohort.people["person"].to_numpy()
    if len(people) <= MOST_PEOPLE:
        return Compared(cohort, rows)
    rng = np.random.default_rng([cohort.study.missing.seed, 2])  # a stream of its own
    chosen = np.sort(rng.choice(people, MOST_PEOPLE, replace=False))
    periods, source_population = cohort.at_risk_periods(), cohort.source_population
    sample = replace(
        cohort,
        source_population=source_population[source_population["person"].isin(chosen)].reset_index(
            drop=True
        ),
        tables=HeldTables({"at_risk_periods": periods[periods["person"].isin(chosen)]}),
    )
    caveat = f"Both engines on a random sample of {MOST_PEOPLE:,} people."
    return Compared(sample, incidence(sample), caveat)


def _row(outcome: str, model: str, curve: str, reason: str, **other: object) -> Estimate:
    row = Estimate(
        "how_soon",
        "second_engine",
        "cohort",
        outcome,
        model=model,
        term=curve,
        level=SHOWN if model == "weibull" else SECOND_ENGINE_GATES,
        x=WEIBULL_TOLERANCE if model == "weibull" else SECOND_ENGINE_TOLERANCE,
        unit="difference",
        reason=reason,
    )
    return replace(row, **other)  # type: ignore[arg-type]


def _answered(row: Estimate, difference: Callable[[], float]) -> Estimate:
    """The row with its difference; where ``lifelines`` fails, with what it failed of."""
    try:
        return replace(row, estimate=_stated(difference(), row.x or 0.0))
    except NoNumberError as error:
        reason = f"{error} {row.reason}".strip()
    except Exception as error:  # noqa: BLE001 - whatever it raises, the first engine stands
        reason = f"lifelines stopped ({type(error).__name__}). {row.reason}".strip()
    return replace(row, status="not_estimable", reason=reason)


def _stated(difference: float, allowed: float) -> float:
    """Up to the next power of ten where that is allowed, else as it is."""
    if difference > allowed:
        return difference
    return float(f"1e{max(ceil(log10(difference)), FINEST)}") if difference else 10.0**FINEST


def _curve(compared: Compared, points: Points) -> Estimate:
    """The largest difference of one released curve."""
    first = points[0]
    row = _row(first.outcome, first.model, first.measure, compared.caveat, strata=first.strata)

    def difference() -> float:
        since = -np.inf if first.measure == "survival" else compared.since
        periods = compared.periods(first.strata, since)
        if first.measure == "cumulative_incidence":
            code = compared.cohort.causes[first.outcome]
            staying = peer.kaplan_meier_curve(periods, periods.state > 0)
            hazard = peer.nelson_aalen_curve(periods, periods.state == code)
            theirs = peer.aalen_johansen_curve(staying, hazard)
        else:
            theirs = peer.kaplan_meier_curve(periods, periods.state == 1)
        if first.measure == "naive_one_minus_km":
            theirs = replace(theirs, value=1.0 - theirs.value, before=0.0)
        return _largest_difference(points, theirs)

    return _answered(row, difference)


def _hazard(compared: Compared, points: Points) -> Estimate:
    """That of the cumulative hazard of one cause, at the points of its incidence."""
    outcome = points[0].outcome

    def difference() -> float:
        periods = compared.periods("", compared.since)
        event = periods.state == compared.cohort.causes[outcome]
        days = _days(points)
        ours = nelson_aalen(periods.stop, event, start=periods.start).at(days).estimate
        return _largest(ours, peer.nelson_aalen_curve(periods, event).at(days)[0])

    row = _row(outcome, "nelson_aalen", "cumulative_hazard", compared.caveat)
    return _answered(row, difference)


def _weibull(compared: Compared, outcome: str) -> Estimate:
    """That of the right-censored Weibull, of its cumulative hazard at the horizons, as a ratio."""

    def difference() -> float:
        periods = compared.periods("", compared.since)
        event = periods.state == 1
        days = np.array([year * DAYS_A_YEAR for year in compared.cohort.study.horizons.years])
        fit = weibull(periods.stop, np.where(event, periods.stop, np.inf), entry=periods.start)
        if fit.status == "not_estimable":
            raise NoNumberError(f"No Weibull of our own: {fit.reason}.")
        ours = -np.log(parametric_curves(fit, days).survival.estimate)
        return _largest(np.ones(len(days)), peer.weibull_hazard(periods, event, days) / ours)

    row = _row(outcome, "weibull", "right_censored", compared.caveat)
    return _answered(row, difference)


def _days(points: Points) -> Floats:
    return np.array([row.time for row in points], dtype=np.float64)


def _largest_difference(points: Points, theirs: PeerCurve) -> float:
    """Over value, events so far, and people at risk; at the first day nobody is at risk yet."""
    days = _days(points)
    ours = np.array(
        [[row.estimate, row.numerator, row.denominator] for row in points], dtype=np.float64
    ).T
    found = theirs.at(days)
    new = days <= theirs.times[0]
    found[2, new] = ours[2, new]
    return _largest(ours, found)


def _largest(ours: Floats, theirs: Floats) -> float:
    if not np.isfinite(theirs).all():
        raise NoNumberError("lifelines has no number at some point.")
    return float(np.abs(ours - theirs).max())
