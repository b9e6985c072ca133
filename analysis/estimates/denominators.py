"""Who can be counted on a date or in a period, and why the others cannot: every person once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from analysis.estimates.cohort_tables import Cohort
from analysis.estimates.counted import centre_codes
from analysis.estimates.treatment import DIALYSIS, FAR, GRAFT, Floats, Treatment, treatment
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
    """Everybody of the extract as arrays, made once for all dates."""

    cohort: Cohort
    treated: Treatment
    origin: Floats
    registered: Floats
    gone: Floats
    covered_from: Floats
    covered_to: Floats
    too_young: NDArray[np.bool_]
    centre: NDArray[np.int64]

    def day_of(self, when: date) -> Floats:
        """A calendar date on each person's own clock."""
        return (when - self.cohort.study.population.data_start).days - self.origin


def registry(cohort: Cohort) -> Registry:
    everyone = cohort.everyone
    names = ("origin", "registered", "gone", "covered_from", "covered_to")
    columns = {name: np.clip(everyone[name].to_numpy(np.float64), -FAR, FAR) for name in names}
    return Registry(
        cohort=cohort,
        treated=treatment(cohort.spells(), everyone["person"]),
        too_young=(everyone["left_out_at"] == "minimum_age").to_numpy(),
        centre=centre_codes(everyone["centre_id"]),
        **columns,
    )


def on_date(people: Registry, when: date, population: str = "dialysis") -> Denominator:
    """Those counted on a date: in the registry, treated, past the first days, observable."""
    study = people.cohort.study
    day = people.day_of(when)
    status = people.treated.status_on(np.arange(len(day)), day)
    seen_from = np.maximum(people.registered, people.covered_from)
    conditions = {
        "minimum_age": people.too_young,
        "not_in_registry": (day < people.registered) | (day >= people.gone),
        "off_treatment": ~np.isin(status, (DIALYSIS, GRAFT)),
        "graft": (status == GRAFT) if population == "dialysis" else np.zeros(len(day), dtype=bool),
        "first_days": day < study.population.entry_after_days,
        "not_observable": (day < people.covered_from) | (day >= people.covered_to),
        "washout": day - seen_from < study.prevalence.washout_days,
    }
    left_at = _first_of(conditions)
    return Denominator(left_at == "", day, day, left_at)


def in_period(
    people: Registry, start: date, end: date, population: str = "dialysis"
) -> Denominator:
    """Those with a day that counts in ``start`` to ``end``, both days included."""
    begin, stop = window(people, start, end)
    low = np.clip(people.covered_from, begin, stop)
    covered = (low, np.clip(people.covered_to, low, stop))
    days, seen = people.treated.days(begin, stop), people.treated.days(*covered)
    kinds = [DIALYSIS] if population == "dialysis" else [DIALYSIS, GRAFT]
    conditions = {
        "minimum_age": people.too_young,
        "not_in_registry": stop <= begin,
        "off_treatment": days[:, [DIALYSIS, GRAFT]].sum(axis=1) == 0,
        "graft": days[:, kinds].sum(axis=1) == 0,
        "first_days": np.zeros(len(begin), dtype=bool),
        "not_observable": seen[:, kinds].sum(axis=1) == 0,
        "washout": covered[1] - np.maximum(people.registered, people.covered_from)
        <= people.cohort.study.prevalence.washout_days,
    }
    left_at = _first_of(conditions)
    last = np.minimum(people.treated.last(*covered, kinds), people.day_of(end))
    return Denominator(left_at == "", people.treated.first(*covered, kinds), last, left_at)


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
    low = np.clip(people.covered_from, begin, stop)
    high = np.clip(people.covered_to, low, stop)
    days, seen = people.treated.days(begin, stop), people.treated.days(low, high)
    parts = {
        "dialysis, observable": seen[:, DIALYSIS],
        "dialysis, not observable": days[:, DIALYSIS] - seen[:, DIALYSIS],
        "graft, observable": seen[:, GRAFT],
        "graft, not observable": days[:, GRAFT] - seen[:, GRAFT],
        "recovered or stopped": days[:, 2],
    }
    whole = stop - begin
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
