"""How common: people with the outcome among people on dialysis, on a date and in a period.

Ever diagnosed among the living on dialysis. A person counts in the denominator from entry until
death, transplantation, recovery, loss or the end of data; onset does not end it. Exact
(Clopper-Pearson, 1934) and Wilson (1927) intervals.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from statsmodels.stats.proportion import proportion_confint

from analysis.estimates.cohort_tables import (
    AGE_BANDS,
    VINTAGE_BANDS,
    Cohort,
    band,
    modality_on,
    no_cases_can_be_found,
)
from data_schema.follow_up import DAYS_A_YEAR
from data_schema.results import Estimate

METHODS = {"clopper_pearson": "beta", "wilson": "wilson"}


@dataclass(frozen=True)
class Counted:
    """People in a denominator on their own clocks, and who of them has the outcome."""

    rows: pd.DataFrame
    day: NDArray[np.float64]
    case: NDArray[np.bool_]


def prevalence(cohort: Cohort) -> list[Estimate]:
    """Point and period prevalence with the protocol's strata, or the reason there is none."""
    study = cohort.study
    if study.outcome.kind != "calcinosis" or not cohort.facts["calendar"]:
        return [_cannot(cohort)]
    if not cohort.can_find_cases:
        return [no_cases_can_be_found("how_common")]
    outcome = "+".join(study.outcome.tiers)
    rows: list[Estimate] = []
    for when in study.prevalence.point_dates:
        counted = on_date(cohort, when)
        template = Estimate("how_common", "prevalence_point", "on dialysis", outcome)
        rows += _with_strata(cohort, replace(template, term=when.isoformat()), counted)
    start, end = study.prevalence.period_start, study.prevalence.period_end
    if start and end:
        template = Estimate("how_common", "prevalence_period", "on dialysis", outcome)
        term = f"{start.isoformat()} to {end.isoformat()}"
        rows += _with_strata(cohort, replace(template, term=term), in_period(cohort, start, end))
    return rows


def on_date(cohort: Cohort, when: date) -> Counted:
    """Those with ``entry <= day < leave`` on the date, cases by onset on or before it."""
    rows, day = _clock(cohort, when)
    there = (rows["entry"].to_numpy() <= day) & (day < rows["leave"].to_numpy())
    chosen = rows[there].reset_index(drop=True)
    return Counted(chosen, day[there], chosen["onset"].to_numpy() <= day[there])


def in_period(cohort: Cohort, start: date, end: date) -> Counted:
    """Those with at least a day on dialysis in the period, cases by onset before leaving it."""
    rows, first = _clock(cohort, start)
    _, last = _clock(cohort, end)
    entry, leave = rows["entry"].to_numpy(), rows["leave"].to_numpy()
    there = (entry <= last) & (leave > first)
    chosen = rows[there].reset_index(drop=True)
    until = np.minimum(last, leave)[there]
    return Counted(chosen, np.maximum(first, entry)[there], chosen["onset"].to_numpy() <= until)


def _clock(cohort: Cohort, when: date) -> tuple[pd.DataFrame, NDArray[np.float64]]:
    eligible = cohort.everyone["left_out_at"].isin(["", "prevalent"])
    rows = cohort.everyone[eligible].reset_index(drop=True)
    since = (when - cohort.study.population.data_start).days
    return rows, since - rows["origin"].to_numpy()


def _with_strata(cohort: Cohort, template: Estimate, counted: Counted) -> list[Estimate]:
    whole = [
        proportion_row(replace(template, model=model), counted.case.sum(), len(counted.case))
        for model in METHODS
    ]
    parts = [
        proportion_row(
            replace(template, model="clopper_pearson", strata=name, sums_to=whole[0].id),
            counted.case[inside].sum(),
            inside.sum(),
        )
        for name, inside in _strata(cohort, counted)
    ]
    return whole + parts


def _strata(cohort: Cohort, counted: Counted) -> Iterator[tuple[str, NDArray[np.bool_]]]:
    labels = {
        "sex": lambda: counted.rows["sex"].to_numpy(object),
        "age_band": lambda: band(
            counted.rows["age_at_entry"].to_numpy() + counted.day / DAYS_A_YEAR, AGE_BANDS
        ),
        "modality": lambda: modality_on(
            cohort.spells, counted.rows["person"].to_numpy(), counted.day
        ),
        "vintage_band": lambda: band(counted.day / DAYS_A_YEAR, VINTAGE_BANDS),
    }
    for dimension in cohort.study.prevalence.by:
        values = labels[dimension]()
        for level in sorted(set(values)):
            yield f"{dimension}={level}", values == level


def proportion_row(template: Estimate, numerator: float, denominator: float) -> Estimate:
    """Numerator over denominator with the interval of ``template.model``."""
    row = replace(template, numerator=float(numerator), denominator=float(denominator))
    if denominator == 0:
        return replace(row, status="not_estimable", reason="Nobody is in the denominator.")
    low, high = proportion_confint(int(numerator), int(denominator), method=METHODS[template.model])
    return replace(
        row,
        estimate=float(numerator) / float(denominator),
        lower=float(low),
        upper=float(high),
        unit="proportion",
    )


def _cannot(cohort: Cohort) -> Estimate:
    reason = cohort.study.cannot_answer.get(
        "how_common", "The protocol's outcome is not calcinosis, so its prevalence is not asked."
    )
    return Estimate("how_common", "statement", status="not_available", reason=reason)
