"""Tests of each definition of prevalence against the published range.

Ever diagnosed among the living on a date; active on a date; in a period, ever or active; by a
horizon. On dialysis, or in all kidney replacement. One verdict for each, the primary first.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from analysis.estimates.estimate_rows.counted_people import Counted, proportion_rows
from analysis.estimates.how_common.denominators import POPULATIONS, Registry, in_period, on_date
from analysis.estimates.how_common.lifetime_risk import lifetime_rows
from analysis.estimates.how_common.published_range import band_posterior, p_above, p_below
from analysis.estimates.inputs.cohort_tables import Cohort
from data_schema.declarations import case_report
from data_schema.results import Estimate

ACTIVE = "active"
NO_RESOLUTION = (
    "Whether disease has resolved is not assessed in these data, so no case can be called active."
)


@dataclass(frozen=True)
class PublishedRange:
    """The claimed range of prevalence."""

    floor: float
    ceiling: float


def published_range() -> PublishedRange:
    claim = case_report()["claims"]["prevalence"]
    return PublishedRange(float(claim["lower"]), float(claim["upper"]))


@dataclass(frozen=True)
class PrevalenceCounter:
    """Counts of cases and people by a definition of prevalence.

    ``outcome``: the tiers as rows name them.
    """

    people: Registry
    outcome: str

    @property
    def cohort(self) -> Cohort:
        """The cohort whose people are counted."""
        return self.people.cohort

    @property
    def latest(self) -> date | None:
        return max(self.cohort.study.prevalence.point_dates, default=None)

    def point(self, when: date, population: str = "dialysis", active: bool = False) -> Counted:
        """Cases by ``when`` among those counted then; ``active``: not seen to resolve by then."""
        found = on_date(self.people, when, population)
        rows = np.flatnonzero(found.inside)
        day = found.day[rows]
        case = self._column("onset")[rows] <= day
        if active:
            case &= day < self._column("resolution")[rows]
        template = self._template("prevalence_point", when.isoformat(), population, active)
        return self._counted(template, rows, day, case)

    def period(
        self, start: date, end: date, population: str = "dialysis", active: bool = False
    ) -> Counted:
        """Cases by their last day in the period; ``active``: not resolved before their first."""
        found = in_period(self.people, start, end, population)
        rows = np.flatnonzero(found.inside)
        case = self._column("onset")[rows] <= found.until[rows]
        if active:
            case &= found.day[rows] < self._column("resolution")[rows]
        term = f"{start.isoformat()} to {end.isoformat()}"
        template = self._template("prevalence_period", term, population, active)
        return self._counted(template, rows, found.day[rows], case)

    def _column(self, name: str) -> np.ndarray:
        return self.cohort.source_population[name].to_numpy(np.float64)

    def _template(self, measure: str, term: str, population: str, active: bool) -> Estimate:
        return Estimate(
            "how_common",
            measure,
            POPULATIONS[population],
            self.outcome,
            term=term,
            level=ACTIVE if active else "",
        )

    def _counted(
        self, template: Estimate, rows: np.ndarray, day: np.ndarray, case: np.ndarray
    ) -> Counted:
        return Counted(template, rows, day, case, self.people.centre[rows])


def prevalence_definition_rows(counter: PrevalenceCounter) -> list[Estimate]:
    """Rows of every definition of prevalence in the protocol, in its order."""
    rows: list[Estimate] = []
    seen: set[str] = set()
    for definition in counter.cohort.study.prevalence.definitions:
        kind, _, population = definition.partition("/")
        if kind == "lifetime":
            rows += lifetime_rows(
                counter.cohort, definition, published_range().floor, published_range().ceiling
            )
            continue
        counted = _count(counter, kind, population)
        if counted is None:
            continue
        if isinstance(counted, Estimate):
            rows.append(replace(counted, term=definition))
            continue
        own = [row for row in proportion_rows(counted) if row.id not in seen]
        seen |= {row.id for row in own}
        rows += own + band_rows(counted, definition, counter.cohort)
    return rows


def _count(counter: PrevalenceCounter, kind: str, population: str) -> Counted | Estimate | None:
    """Counts of a definition; a statement where it cannot be estimated; None without dates."""
    active = kind in ("point", "period_active")
    if active and not can_resolve(counter.cohort):
        return Estimate("how_common", "statement", status="not_available", reason=NO_RESOLUTION)
    if kind in ("ever_living", "point"):
        return None if counter.latest is None else counter.point(counter.latest, population, active)
    study = counter.cohort.study.prevalence
    if study.period_start is None or study.period_end is None:
        return None
    return counter.period(study.period_start, study.period_end, population, active)


def can_resolve(cohort: Cohort) -> bool:
    """Whether resolution is known: the protocol asks for it and people are assessed again."""
    return cohort.study.outcome.resolution and cohort.can("assessments")


Question = Callable[[float, float, float], float]
QUESTIONS: dict[str, Question] = {"above": p_above, "below": p_below}


def band_rows(counted: Counted, definition: str, cohort: Cohort) -> list[Estimate]:
    """p-values against both ends of the band, posterior probabilities, and the design effect."""
    if counted.people == 0:
        return []
    band, effective = published_range(), counted.effective()
    template = replace(
        counted.template,
        reference=counted.base.id,
        denominator=float(counted.people),
        specification=definition,
        events=float(counted.cases),
        people=float(counted.people),
    )
    rows = [
        replace(
            template,
            measure="band_test",
            model="korn_graubard",
            level=level,
            x=end,
            estimate=ask(effective.cases, effective.n, end),
            unit="p-value",
        )
        for end in (band.floor, band.ceiling)
        for level, ask in QUESTIONS.items()
    ]
    for prior in cohort.study.prevalence.priors:
        found = band_posterior(
            effective.cases, effective.n, band.floor, band.ceiling, (prior.a, prior.b)
        )
        rows += [
            replace(
                template,
                measure="band_posterior",
                model=prior.name,
                level=level,
                estimate=getattr(found, level),
                unit="probability",
            )
            for level in ("below", "inside", "above")
        ]
    effect = replace(template, measure="design_effect", model="korn_graubard", unit="ratio")
    return [*rows, replace(effect, estimate=effective.design_effect)]
