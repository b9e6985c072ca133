"""The conformance suite sees what it is for: a model that breaks one rule fails that check."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from conformance import CHECKS, Answered, uniform
from null_cohort import null_cohort

from analysis.estimates.inputs.cohort_tables import Cohort
from analysis.estimates.model import EstimateModel, NoSettings, registered
from analysis.study import PROTOCOLS, read_study
from data_schema.measures import Measure
from data_schema.results import Estimate

RATE = Measure(
    "rate_of_onset",
    "how_soon",
    "rate",
    "per 1,000 person-years",
    "Rate of onset",
    rests_on="events",
)
LABELS = {"rate": "Onsets per person-year", "late": "Entered late", "first": "The first person"}
DAYS = 365.25


def model_of(answer: Callable[[Cohort], list[Estimate]], **declared) -> EstimateModel:
    """A model of one measure whose rows ``answer`` gives."""

    def rate(cohort: Cohort, _settings: NoSettings) -> list[Estimate]:
        return answer(cohort)

    given = {"measures": [RATE], "labels": LABELS, **declared}
    return registered("how_soon", **given)(rate)


def row_of(events: float, days: float, people: int, **keys) -> Estimate:
    row = Estimate(RATE.question, RATE.name, "cohort", "onset", model="rate", **keys)
    if days <= 0 or events == 0:
        return replace(row, status="not_estimable", reason="There is no onset.")
    years = days / DAYS
    return replace(
        row,
        estimate=1000 * events / years,
        numerator=float(events),
        person_years=years,
        denominator=float(people),
        people=float(people),
    )


def rate_row(cohort: Cohort, **keys) -> Estimate:
    """The right one: onsets and time at risk from entry on."""
    periods = cohort.at_risk_periods()
    events = float((periods["state"] == 1).sum())
    days = float((periods["stop"] - periods["start"]).sum())
    return row_of(events, days, periods["person"].nunique(), **keys)


def from_the_first_day(cohort: Cohort) -> list[Estimate]:
    """Counts time before entry."""
    last = cohort.at_risk_periods().drop_duplicates("person", keep="last")
    return [row_of(float((last["state"] == 1).sum()), float(last["stop"].sum()), len(last))]


def of_the_first_person(cohort: Cohort) -> list[Estimate]:
    """Hangs on who comes first."""
    row = rate_row(cohort)
    return [
        replace(row, std_error=float(cohort.people["age_at_entry"].iloc[0]))
        if len(cohort.people)
        else row
    ]


def by_the_interval(cohort: Cohort) -> list[Estimate]:
    """Takes an interval for a person."""
    intervals = next(cohort.intervals())
    return [replace(rate_row(cohort), std_error=float(len(intervals)) or None)]


def silent_without_people(cohort: Cohort) -> list[Estimate]:
    return [rate_row(cohort)] if len(cohort.people) else []


def not_a_number(cohort: Cohort) -> list[Estimate]:
    return [replace(rate_row(cohort), std_error=float("nan"))]


def without_a_label(cohort: Cohort) -> list[Estimate]:
    return [rate_row(cohort, term="unnamed")]


def twice(cohort: Cohort) -> list[Estimate]:
    return [rate_row(cohort), rate_row(cohort)]


BROKEN = {
    "late_entry": from_the_first_day,
    "order": of_the_first_person,
    "split": by_the_interval,
    "failures": silent_without_people,
    "labelled": without_a_label,
    "declared": twice,
}


@pytest.mark.parametrize("check", BROKEN)
def test_a_model_that_breaks_a_rule_fails_its_check(registry: Cohort, check: str) -> None:
    one = model_of(BROKEN[check])
    assert CHECKS[check](one, Answered(one, registry)) != []


@pytest.mark.parametrize("check", sorted(set(CHECKS) - {"documented"}))
def test_the_right_model_passes_every_check(registry: Cohort, check: str) -> None:
    one = model_of(lambda cohort: [rate_row(cohort)])
    assert CHECKS[check](one, Answered(one, registry)) == []


def test_a_number_that_is_none_is_seen_without_events_too(registry: Cohort) -> None:
    one = model_of(not_a_number)
    assert CHECKS["declared"](one, Answered(one, registry)) != []
    assert CHECKS["failures"](one, Answered(one, registry)) != []


def test_a_docstring_without_formula_assumptions_and_source_is_seen(registry: Cohort) -> None:
    one = model_of(lambda cohort: [rate_row(cohort)])
    found = CHECKS["documented"](one, Answered(one, registry))
    assert len(found) == 3  # this file's docstring has none of the three


def p_values(shift: float) -> list[list[Estimate]]:
    random = np.random.default_rng(5)
    values = random.random(1_000) ** (1 + shift)
    row = Estimate("who", "hazard_ratio", "cohort", "onset", model="rate")
    return [[replace(row, status="flagged", reason="made up", p_value=float(p))] for p in values]


def test_p_values_that_are_not_uniform_are_seen() -> None:
    one = model_of(lambda cohort: [rate_row(cohort)])
    assert uniform(one, p_values(0.0)) == []
    assert uniform(one, p_values(0.2)) != []


def test_the_null_cohort_repeats_and_differs_by_seed() -> None:
    study = read_study(PROTOCOLS / "simulated.toml")
    one, again, other = (null_cohort(study, seed, people=50) for seed in (1, 1, 2))
    assert one.source_population.equals(again.source_population)
    assert not one.source_population.equals(other.source_population)
