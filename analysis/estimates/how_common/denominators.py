"""Denominators of prevalence: who is counted on a date or in a period, and why others are not."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from analysis.estimates.estimate_rows.counted_people import centre_codes
from analysis.estimates.how_common.treatment_status import (
    DIALYSIS,
    FAR,
    GRAFT,
    LOST,
    OFF,
    Floats,
    Treatment,
    Window,
    treatment,
)
from analysis.estimates.inputs.cohort_tables import Cohort
from data_schema.follow_up import DAYS_A_YEAR
from data_schema.results import Estimate

# step -> sentence; a person leaves at the first that applies
STEPS = {
    "minimum_age": "Younger than the protocol's minimum age, or age unknown where it has one",
    "not_in_registry": "Not in the registry then: not yet started or registered, dead, or lost",
    "off_treatment": "Recovered kidney function, or dialysis stopped",
    "graft": "Living with a kidney graft",
    "first_days": "In the first days of dialysis, before the protocol's entry",
    "not_observable": "Not observable then for the records that the outcome needs",
    "washout": "Observed for less than the protocol's washout",
}
POPULATIONS = {"dialysis": "on dialysis", "krt": "all kidney replacement"}


class ConservationError(AssertionError):
    """Person-days of a period were lost or made: a fault of this program, not of the data."""


@dataclass(frozen=True)
class Denominator:
    """``inside``: whether each person of the extract counts; ``day``: their day on the date (of a
    period: the first day they count); ``until``: the last day on which an onset counts, the day of
    leaving included."""

    inside: NDArray[np.bool_]
    day: Floats
    until: Floats
    left_at: NDArray[np.object_]


@dataclass(frozen=True)
class Registry:
    """The source population as arrays, made once for all dates."""

    cohort: Cohort
    treated: Treatment
    origin: Floats
    registered: Floats
    gone: Floats
    covered: Window
    too_young: NDArray[np.bool_]
    centre: NDArray[np.int64]

    def day_of(self, when: date) -> Floats:
        """A calendar date on each person's own clock."""
        return (when - self.cohort.study.population.data_start).days - self.origin

    def seen_since(self, day: Floats) -> Floats:
        """Since when each person is observed on a day without a break; inf: not observed then."""
        person, begin, end = self.covered
        inside = np.flatnonzero((begin <= day[person]) & (day[person] < end))
        since = np.full(len(day), np.inf)
        since[person[inside]] = np.maximum(self.registered[person[inside]], begin[inside])
        return since

    def seen_in(self, begin: Floats, stop: Floats) -> Window:
        """The observable part of each person's ``[begin, stop)``."""
        person = self.covered.person
        low = np.clip(self.covered.begin, begin[person], stop[person])
        return Window(person, low, np.clip(self.covered.end, low, stop[person]))


def registry(cohort: Cohort) -> Registry:
    """The source population, as the denominators ask of them."""
    source_population = cohort.source_population
    names = ("origin", "registered", "gone")
    columns = {
        name: np.clip(source_population[name].to_numpy(np.float64), -FAR, FAR) for name in names
    }
    seen, ids = cohort.covered(), source_population["person"].to_numpy(np.int64)
    begin, end = (np.clip(seen[name].to_numpy(np.float64), 0.0, FAR) for name in ("start", "stop"))
    row = np.searchsorted(ids, seen["person"].to_numpy(np.int64))
    return Registry(
        cohort=cohort,
        treated=treatment(cohort.spells(), source_population["person"]),
        covered=Window(row, begin, end),
        too_young=(source_population["left_out_at"] == "minimum_age").to_numpy(),
        centre=centre_codes(source_population["centre_id"]),
        **columns,
    )


def on_date(people: Registry, when: date, population: str = "dialysis") -> Denominator:
    """Those counted on a date: in the registry, treated, past the first days, observable."""
    study = people.cohort.study
    day = people.day_of(when)
    status = people.treated.status_on(np.arange(len(day)), day)
    since = people.seen_since(day)
    conditions = {
        "minimum_age": people.too_young,
        "not_in_registry": (day < people.registered) | (day >= people.gone) | (status == LOST),
        "off_treatment": ~np.isin(status, (DIALYSIS, GRAFT)),
        "graft": (status == GRAFT) if population == "dialysis" else np.zeros(len(day), dtype=bool),
        "first_days": day < study.population.entry_after_days,
        "not_observable": ~np.isfinite(since),
        "washout": day - since < study.prevalence.washout_days,
    }
    left_at = _first_of(conditions)
    return Denominator(left_at == "", day, day, left_at)


def in_period(
    people: Registry, start: date, end: date, population: str = "dialysis"
) -> Denominator:
    """Those with a day that counts in ``start`` to ``end``, both days included."""
    begin, stop = window(people, start, end)
    covered = people.seen_in(begin, stop)
    days, seen = people.treated.days(_whole(begin, stop)), people.treated.days(covered)
    kinds = [DIALYSIS] if population == "dialysis" else [DIALYSIS, GRAFT]
    conditions = {
        "minimum_age": people.too_young,
        "not_in_registry": days[:, [DIALYSIS, GRAFT, OFF]].sum(axis=1) == 0,
        "off_treatment": days[:, [DIALYSIS, GRAFT]].sum(axis=1) == 0,
        "graft": days[:, kinds].sum(axis=1) == 0,
        "first_days": np.zeros(len(begin), dtype=bool),
        "not_observable": seen[:, kinds].sum(axis=1) == 0,
        "washout": _longest(people, covered) <= people.cohort.study.prevalence.washout_days,
    }
    left_at = _first_of(conditions)
    last = np.minimum(people.treated.last(covered, kinds), people.day_of(end))
    return Denominator(left_at == "", people.treated.first(covered, kinds), last, left_at)


def _whole(begin: Floats, stop: Floats) -> Window:
    return Window(np.arange(len(begin)), begin, stop)


def _longest(people: Registry, covered: Window) -> Floats:
    """The longest that each person has been observed without a break by a day of a window."""
    since = np.maximum(people.registered[covered.person], people.covered.begin)
    longest = np.full(len(people.registered), -np.inf)
    np.maximum.at(longest, covered.person, covered.end - since)
    return longest


def window(people: Registry, start: date, end: date) -> tuple[Floats, Floats]:
    """Each person's days in the registry and past entry within the period, half-open."""
    entry = float(people.cohort.study.population.entry_after_days)
    begin = np.maximum(np.maximum(people.registered, entry), people.day_of(start))
    return begin, np.maximum(np.minimum(people.gone, people.day_of(end) + 1), begin)


def _first_of(conditions: dict[str, NDArray[np.bool_]]) -> NDArray[np.object_]:
    step = np.full(len(conditions["minimum_age"]), "", dtype=object)
    for name in reversed(STEPS):
        step[conditions[name]] = name
    return step


def denominator_rows(found: Denominator, term: str, population: str) -> list[Estimate]:
    """People excluded and remaining at each step towards the denominator of a date or period."""
    remaining = len(found.inside)
    above = _step("extract", 0, "remaining", remaining, "", (term, population))
    rows = [above]
    steps = [name for name in STEPS if not (name == "graft" and population == "krt")]
    for order, step in enumerate(steps, start=1):
        left = int((found.left_at == step).sum())
        remaining -= left
        rows.append(_step(step, order, "excluded", left, above.id, (term, population)))
        above = _step(step, order, "remaining", remaining, above.id, (term, population))
        rows.append(above)
    return rows


def _step(
    step: str, order: int, level: str, n: int, sums_to: str, where: tuple[str, str]
) -> Estimate:
    term, population = where
    return Estimate(
        "how_common",
        "denominator",
        population=POPULATIONS[population],
        term=f"{term}: {step}",
        level=level,
        x=float(order),
        estimate=float(n),
        numerator=float(n),
        unit="people",
        sums_to=sums_to,
        reason=STEPS.get(step, "People in the extract"),
    )


def period_years_rows(people: Registry, start: date, end: date) -> list[Estimate]:
    """Person-years of the period by what they were; the parts add up to the whole, to the day."""
    begin, stop = window(people, start, end)
    young = people.too_young
    stop = np.where(young, begin, stop)
    days = people.treated.days(_whole(begin, stop))
    seen = people.treated.days(people.seen_in(begin, stop))
    parts = {
        "dialysis, observable": seen[:, DIALYSIS],
        "dialysis, not observable": days[:, DIALYSIS] - seen[:, DIALYSIS],
        "graft, observable": seen[:, GRAFT],
        "graft, not observable": days[:, GRAFT] - seen[:, GRAFT],
        "recovered or stopped": days[:, OFF],
    }
    whole = stop - begin - days[:, LOST]
    if sum(part.sum() for part in parts.values()) != whole.sum():
        raise ConservationError("person-days of the period do not add up")
    term = f"{start.isoformat()} to {end.isoformat()}"
    return [_years(term, "", whole)] + [_years(term, k, part) for k, part in parts.items()]


def _years(term: str, level: str, days: Floats) -> Estimate:
    years = float(days.sum()) / DAYS_A_YEAR
    return Estimate(
        "how_common",
        "period_years",
        population="in the registry",
        term=term,
        level=level,
        estimate=years,
        numerator=float((days > 0).sum()),
        person_years=years,
        unit="years",
    )
