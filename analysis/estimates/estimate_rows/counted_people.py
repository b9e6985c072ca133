"""Counted people and cases: a numerator, a denominator and the rows of their proportion."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.estimates.estimate_rows.proportion_intervals import (
    EffectiveSample,
    Interval,
    clopper_pearson,
    effective_sample,
    jeffreys,
    wilson,
)
from data_schema.results import Estimate

EXACT, BY_CENTRE = "clopper_pearson", "korn_graubard"
METHODS = {EXACT: clopper_pearson, "wilson": wilson, "jeffreys": jeffreys}


@dataclass(frozen=True)
class Counted:
    """``rows``: positions of the people counted in the source population; ``template`` says of
    what the proportion is."""

    template: Estimate
    rows: NDArray[np.int64]
    day: NDArray[np.float64]
    case: NDArray[np.bool_]
    centre: NDArray[np.int64]

    @property
    def base(self) -> Estimate:
        """The row that shows the counts, with the exact interval."""
        return proportion_row(replace(self.template, model=EXACT), self.cases, self.people)

    @property
    def cases(self) -> int:
        """How many of the people counted are cases."""
        return int(self.case.sum())

    @property
    def people(self) -> int:
        """How many people are counted."""
        return len(self.case)

    def by_centre(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Cases and people of every centre, in the order of their codes."""
        n = int(self.centre.max(initial=-1)) + 1
        people = np.bincount(self.centre, minlength=n).astype(np.float64)
        cases = np.bincount(self.centre, weights=self.case, minlength=n)
        return cases.astype(np.float64), people

    def effective(self) -> EffectiveSample:
        return effective_sample(*self.by_centre())


def centre_codes(centre: pd.Series) -> NDArray[np.int64]:
    """Centres as 0, 1, ... in the order of their names; people without one are one more centre."""
    names = centre.fillna("").astype(str)
    return pd.factorize(names, sort=True)[0].astype(np.int64)


def proportion_row(template: Estimate, numerator: float, denominator: float) -> Estimate:
    """Numerator over denominator with the interval of ``template.model``."""
    row = replace(template, numerator=float(numerator), denominator=float(denominator))
    if denominator == 0:
        return replace(row, status="not_estimable", reason="Nobody is in the denominator.")
    return _with(row, METHODS[template.model](float(numerator), float(denominator)))


def proportion_rows(counted: Counted) -> list[Estimate]:
    """All intervals of one proportion, the exact one first; then the one for centres."""
    rows = [
        proportion_row(replace(counted.template, model=model), counted.cases, counted.people)
        for model in METHODS
    ]
    return rows + [_by_centre(counted)] if counted.people else rows


def _by_centre(counted: Counted) -> Estimate:
    """Korn and Graubard (1998); the error is that of the effective sample, from which the interval
    can be worked out again."""
    effective = counted.effective()
    limits = clopper_pearson(effective.cases, effective.n)
    row = replace(
        counted.template,
        model=BY_CENTRE,
        numerator=float(counted.cases),
        denominator=float(counted.people),
        std_error=float(np.sqrt(effective.estimate * (1 - effective.estimate) / effective.n)),
    )
    if effective.status == "no_clusters":
        reason = "There is one centre or none, so nothing is adjusted for centres."
        row = replace(row, status="flagged", reason=reason)
    return _with(row, Interval(effective.estimate, limits.lower, limits.upper))


def _with(row: Estimate, found: Interval) -> Estimate:
    return replace(
        row, estimate=found.estimate, lower=found.lower, upper=found.upper, unit="proportion"
    )
