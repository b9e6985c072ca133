"""Prevalence from year to year, with a step at each date on which recording changed."""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from dataclasses import replace
from datetime import date

import numpy as np
import statsmodels.api as sm
from numpy.typing import NDArray
from scipy.special import stdtrit

from analysis.estimates.estimate_rows.counted_people import Counted
from analysis.estimates.how_common.prevalence_definitions import PrevalenceCounter
from data_schema.results import Estimate

FEWEST_CASES = 20  # fewer carry no trend


def trend_rows(counter: PrevalenceCounter, known: set[str]) -> list[Estimate]:
    """A row a date of the trend, and odds ratios per year and at each break of recording.

    ``known``: ids of rows already made. Logistic regression of the cells centre × date, errors
    clustered by centre, so that a person counted on many dates is not many people.
    """
    dated = [(when, counter.point(when)) for when in counter.cohort.study.prevalence.trend_dates]
    rows = [counted.base for _, counted in dated]
    rows = [row for row in rows if row.id not in known]
    return rows + _model_rows(counter, [(when, one) for when, one in dated if one.people])


def _model_rows(counter: PrevalenceCounter, dated: list[tuple[date, Counted]]) -> list[Estimate]:
    if len(dated) < 3:
        return []
    latest = dated[-1][1]
    row = replace(
        latest.template,
        measure="prevalence_trend",
        model="logistic_by_centre",
        reference=latest.base.id,
        denominator=float(latest.people),
        unit="ratio",
        term="",
        events=_distinct(one.rows[one.case] for _, one in dated),
        people=_distinct(one.rows for _, one in dated),
    )
    breaks = [
        one
        for one in counter.cohort.study.prevalence.breaks
        if dated[0][0] < one.date <= dated[-1][0]
    ]
    terms = ["per year", *(one.label for one in breaks)]
    if latest.cases < FEWEST_CASES:
        reason = "There are too few cases for a trend."
        return [replace(row, term="per year", status="not_estimable", reason=reason)]
    cases, people, centre, design = _cells(dated, [one.date for one in breaks])
    found = _fit(cases, people, centre, design)
    if found is None:
        reason = "The trend and the breaks cannot be told apart in these data."
        return [replace(row, term="per year", status="not_estimable", reason=reason)]
    value, error, reach = found
    return [
        replace(
            row,
            term=term,
            estimate=float(np.exp(value[k])),
            lower=float(np.exp(value[k] - reach * error[k])),
            upper=float(np.exp(value[k] + reach * error[k])),
        )
        for k, term in enumerate(terms, start=1)
    ]


def _distinct(rows: Iterable[NDArray[np.int64]]) -> float:
    """People counted on any of the dates, once each."""
    return float(len(np.unique(np.concatenate(list(rows)))))


def _cells(
    dated: list[tuple[date, Counted]], breaks: list[date]
) -> tuple[NDArray, NDArray, NDArray, NDArray]:
    cases, people, centre, design = [], [], [], []
    middle = dated[len(dated) // 2][0].year
    for when, counted in dated:
        found, all_of_them = counted.by_centre()
        steps = [float(when >= one) for one in breaks]
        for code in np.flatnonzero(all_of_them):
            cases.append(found[code])
            people.append(all_of_them[code])
            centre.append(code)
            design.append([1.0, float(when.year - middle), *steps])
    return np.array(cases), np.array(people), np.array(centre), np.array(design)


def _fit(
    cases: NDArray, people: NDArray, centre: NDArray, design: NDArray
) -> tuple[NDArray, NDArray, float] | None:
    """Coefficients, errors by centre (ordinary with one), and the reach of a 95 % interval."""
    if np.linalg.matrix_rank(design) < design.shape[1]:
        return None
    model = sm.GLM(np.column_stack([cases, people - cases]), design, family=sm.families.Binomial())
    clusters = len(np.unique(centre))
    options: dict = {}
    if clusters > 1:
        options = {"cov_type": "cluster", "cov_kwds": {"groups": centre, "use_correction": True}}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fit = model.fit(**options)
    error = np.asarray(fit.bse)
    if not (fit.converged and np.isfinite(error).all()):
        return None
    reach = float(stdtrit(clusters - 1, 0.975)) if clusters > 1 else 1.959963984540054
    return np.asarray(fit.params), error, reach
