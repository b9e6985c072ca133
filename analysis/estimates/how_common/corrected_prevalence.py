"""Prevalence corrected for error, from the protocol's rates or an adjudicated sample."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from analysis.estimates.estimate_rows.counted_people import EXACT, Counted, proportion_row
from analysis.estimates.how_common.adjudication import Adjudicated, begg_greenes, ppv_corrected
from analysis.estimates.how_common.misclassification import (
    Corrected,
    ErrorRate,
    bayesian_prevalence,
    corrected_rate,
    rogan_gladen_interval,
    share_explained,
)
from analysis.estimates.how_common.prevalence_definitions import PrevalenceCounter
from analysis.estimates.how_soon.incidence import incidence_rates
from analysis.study import KnownRate, Misclassification
from data_schema.results import Estimate

SPECIFICITIES = (0.995, 0.998, 0.999, 0.9995, 0.9999)
FALSE_RATES = (0.05, 0.1, 0.2, 0.5, 1.0)  # per 1,000 person-years
UNKNOWN = (
    "No error rates of the case definition are known for these data and nobody was adjudicated, so "
    "the true prevalence is not identified; the curve shows what imperfect records could explain."
)
REASONS = {
    "truncated": "The correction left the range from 0 to 1 and was held at its end.",
    "not_identified": "With these error rates the prevalence is not identified.",
}


def correction_rows(counter: PrevalenceCounter, counted: Counted) -> list[Estimate]:
    """Corrected prevalence by every means there is, and the proportion of cases that error
    explains."""
    if counted.people == 0:
        return []
    rows = []
    for given in counter.cohort.study.misclassification:
        if "+".join(given.tiers) == counter.outcome:
            rows += _from_protocol(counted, given)
    rows += _from_sample(counter, counted)
    if not rows:
        reason = replace(_row(counted, "statement", ""), status="not_available")
        reason = replace(reason, denominator=None, events=None, people=None)
        rows = [replace(reason, unit="", reference="", reason=UNKNOWN)]
    return [*rows, *_explained(counted), *_false_onsets(counter)]


def _row(counted: Counted, measure: str, model: str) -> Estimate:
    return replace(
        counted.template,
        measure=measure,
        model=model,
        reference=counted.base.id,
        denominator=float(counted.people),
        unit="proportion",
        events=float(counted.cases),
        people=float(counted.people),
    )


def _from_protocol(counted: Counted, given: Misclassification) -> list[Estimate]:
    effective = counted.effective()
    rows = [_assumed(counted, name, rate, given.source) for name, rate in _rates(given)]
    if given.sensitivity is not None and given.specificity is not None:
        se, sp = _error(given.sensitivity), _error(given.specificity)
        classical = rogan_gladen_interval(effective.cases, effective.n, se, sp)
        bayesian = bayesian_prevalence(effective.cases, effective.n, se, sp)
        rows += [_corrected(counted, classical), _corrected(counted, bayesian)]
    if given.ppv is not None:
        of = given.ppv.of or 1e9
        found = ppv_corrected(effective.cases, effective.n, given.ppv.share * of, of)
        rows.append(_corrected(counted, found))
    return rows


def _rates(given: Misclassification) -> list[tuple[str, KnownRate]]:
    named = (("sensitivity", given.sensitivity), ("specificity", given.specificity))
    return [(name, rate) for name, rate in (*named, ("ppv", given.ppv)) if rate is not None]


def _error(rate: KnownRate) -> ErrorRate:
    return ErrorRate(rate.share, rate.of or math.inf)


def _assumed(counted: Counted, name: str, rate: KnownRate, source: str) -> Estimate:
    row = replace(counted.template, measure="assumed_rate", model=name, estimate=rate.share)
    return replace(row, x=rate.of or None, unit="proportion", reason=source)


def _corrected(counted: Counted, found: Corrected, *more: str) -> Estimate:
    row = _row(counted, "corrected_prevalence", found.method)
    row = replace(row, reference="; ".join([row.reference, *more]))
    if found.status == "not_identified":
        return replace(row, status="not_estimable", reason=REASONS["not_identified"])
    if found.status == "truncated":
        row = replace(row, status="flagged", reason=REASONS["truncated"])
    return replace(row, estimate=found.estimate, lower=found.lower, upper=found.upper)


def _from_sample(counter: PrevalenceCounter, counted: Counted) -> list[Estimate]:
    """PPV where only recorded cases were adjudicated; both sides by Begg and Greenes."""
    source_population = counter.cohort.source_population
    if "adjudicated" not in source_population:
        return []
    asked = np.isfinite(source_population["adjudicated"].to_numpy(np.float64)[counted.rows])
    truly = source_population["adjudicated_case"].to_numpy(bool)[counted.rows]
    positive, negative = asked & counted.case, asked & ~counted.case
    if not positive.any():
        return []
    seen = Adjudicated(
        float((positive & truly).sum()),
        float(positive.sum()),
        float((negative & truly).sum()),
        float(negative.sum()),
    )
    effective = counted.effective()
    template = replace(counted.template, measure="error_rate", model=EXACT)
    ppv = proportion_row(replace(template, level="ppv"), seen.true_positive, seen.positive)
    only = ppv_corrected(effective.cases, effective.n, seen.true_positive, seen.positive)
    rows = [ppv, _corrected(counted, only, ppv.id)]
    if seen.negative > 0:
        missed = replace(template, level="missed")
        missed = proportion_row(missed, seen.false_negative, seen.negative)
        both = begg_greenes(effective.cases, effective.n, seen)
        rows += [missed, _corrected(counted, both.prevalence, ppv.id, missed.id)]
    return rows


def _explained(counted: Counted) -> list[Estimate]:
    """At each specificity, the largest proportion of the recorded cases that may be false."""
    row = _row(counted, "false_share", "specificity")
    if counted.cases == 0:
        return []
    q = counted.cases / counted.people
    return [replace(row, x=sp, estimate=share_explained(q, sp)) for sp in SPECIFICITIES]


def _false_onsets(counter: PrevalenceCounter) -> list[Estimate]:
    """Of new cases: false ones accrue per person-year, not per person."""
    onset = [row for row in incidence_rates(counter.cohort) if row.outcome == "onset"]
    if not onset or not onset[0].numerator or not onset[0].person_years:
        return []
    observed = onset[0]
    events, years = float(observed.numerator or 0), float(observed.person_years or 0)
    row = replace(
        observed,
        question="how_common",
        measure="false_share",
        model="false_onsets_per_1000_py",
        lower=None,
        upper=None,
        numerator=None,
        person_years=None,
        denominator=float(len(counter.cohort.people)),
        reference=observed.id,
        unit="proportion",
    )
    rows = [
        replace(row, x=rate, estimate=min(1.0, rate / 1000 * years / events))
        for rate in FALSE_RATES
    ]
    for given in counter.cohort.study.misclassification:
        if "+".join(given.tiers) == counter.outcome and given.false_per_1000_py is not None:
            se = given.sensitivity.share if given.sensitivity else 1.0
            found = corrected_rate(events, years, given.false_per_1000_py / 1000, se)
            fixed = replace(row, measure="corrected_rate", model="rate", x=given.false_per_1000_py)
            fixed = replace(fixed, unit="per 1,000 person-years", reason=given.source)
            rows.append(replace(fixed, estimate=1000 * (found.estimate or 0.0)))
    return rows
