"""Variation between centres: released in sum; the funnel of named centres stays restricted."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from analysis.estimates.estimate_rows.counted_people import Counted
from analysis.estimates.estimate_rows.proportion_intervals import clopper_pearson
from analysis.estimates.how_common.centre_variation import centre_variation, funnel_limits, shrunken
from analysis.estimates.how_common.denominators import registry
from analysis.estimates.how_common.prevalence_definitions import PrevalenceCounter
from analysis.estimates.inputs.cohort_tables import Cohort
from data_schema.results import Estimate

COLUMNS = (
    "centre_id",
    "people",
    "cases",
    "prevalence",
    "lower",
    "upper",
    "shrunken",
    "low_95",
    "high_95",
    "low_998",
    "high_998",
)


def variation_rows(counted: Counted) -> list[Estimate]:
    """Over-dispersion, intraclass correlation and the range of centres' own prevalences.

    The range is that of the fitted beta distribution, to which every centre contributes and which
    shows none of them.
    """
    cases, people = counted.by_centre()
    found = centre_variation(cases, people)
    row = replace(
        counted.template,
        measure="centre_variation",
        model="beta_binomial",
        reference=counted.base.id,
        denominator=float(counted.people),
        events=float(counted.cases),
        people=float(counted.people),
    )
    if found.status != "ok":
        reason = {
            "no_clusters": "There is one centre or none, so centres cannot be compared.",
            "no_cases": "Without cases centres cannot be compared.",
        }[found.status]
        return [replace(row, level="range", status="not_estimable", reason=reason)]
    return [
        replace(
            row,
            level="range",
            x=float(found.centres),
            estimate=found.mean,
            lower=found.lower,
            upper=found.upper,
            unit="proportion",
        ),
        replace(row, level="overdispersion", estimate=found.overdispersion, unit="ratio"),
        replace(row, level="correlation", estimate=found.correlation, unit="correlation"),
        replace(row, level="chance", estimate=found.p_value, unit="p-value"),
    ]


def centre_frame(cohort: Cohort) -> pd.DataFrame:
    """One row a centre at the latest date, for the restricted review only; empty without dates."""
    counter = PrevalenceCounter(registry(cohort), "+".join(cohort.study.outcome.tiers))
    if counter.latest is None or "onset" not in cohort.source_population:
        return pd.DataFrame({name: [] for name in COLUMNS})
    counted = counter.point(counter.latest)
    if counted.people == 0:
        return pd.DataFrame({name: [] for name in COLUMNS})
    cases, people = counted.by_centre()
    there = np.flatnonzero(people)
    names = np.sort(cohort.source_population["centre_id"].fillna("").astype(str).unique())[there]
    cases, people = cases[there], people[there]
    fit = centre_variation(cases, people)
    exact = [clopper_pearson(x, n) for x, n in zip(cases, people, strict=True)]
    whole = float(cases.sum() / people.sum())
    low_95, high_95 = funnel_limits(whole, people, 0.95)
    low_998, high_998 = funnel_limits(whole, people, 0.998)
    return pd.DataFrame(
        {
            "centre_id": names,
            "people": people,
            "cases": cases,
            "prevalence": cases / people,
            "lower": [one.lower for one in exact],
            "upper": [one.upper for one in exact],
            "shrunken": shrunken(fit, cases, people),
            "low_95": low_95,
            "high_95": high_95,
            "low_998": low_998,
            "high_998": high_998,
        },
        columns=list(COLUMNS),
    )
