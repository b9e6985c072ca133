"""Registries as counts: prevalence, verdicts on the band, rates, correction for error.

Each function draws one registry and says of each interval whether it held the truth (of a
verdict: whether it was wrong, and whether it was "inside"); an interval that is refused is left
out of the answer and so of the count.
"""

from __future__ import annotations

import numpy as np

from analysis.estimates.estimate_rows.proportion_intervals import (
    clopper_pearson,
    jeffreys,
    korn_graubard,
    wilson,
)
from analysis.estimates.how_common.adjudication import Adjudicated, begg_greenes, ppv_corrected
from analysis.estimates.how_common.misclassification import (
    ErrorRate,
    bayesian_prevalence,
    rogan_gladen_interval,
)
from analysis.estimates.how_common.published_range import band_verdict
from analysis.estimates.how_soon.incidence import rate_row
from data_schema.results import Estimate

Found = dict[str, bool]
BAND = (0.005, 0.03)
SPREAD = 0.3  # SD between centres of the log prevalence


def proportions(rng: np.random.Generator, people: int, prevalence: float) -> Found:
    """People who are not alike: ``x ~ Bin(n, p)``."""
    cases = int(rng.binomial(people, prevalence))
    found = {
        "clopper_pearson": clopper_pearson(cases, people),
        "wilson": wilson(cases, people),
        "jeffreys": jeffreys(cases, people),
    }
    return {name: one.lower <= prevalence <= one.upper for name, one in found.items()}


def centres_of(
    rng: np.random.Generator, people: int, centres: int
) -> tuple[np.ndarray, np.ndarray]:
    """People by centre and what multiplies the prevalence there, with mean 1."""
    size = np.maximum((rng.dirichlet(np.full(centres, 4.0)) * people).astype(int), 5)
    return size, np.exp(SPREAD * rng.standard_normal(centres) - SPREAD**2 / 2)


def clustered(rng: np.random.Generator, people: int, prevalence: float, centres: int) -> Found:
    """Centres that differ: the interval and the verdict that allow for it, as the report has."""
    size, factor = centres_of(rng, people, centres)
    cases = rng.binomial(size, prevalence * factor)
    limits = korn_graubard(cases, size)
    clusters = (cases, size)
    verdict = band_verdict(cases.sum(), size.sum(), *BAND, clusters=clusters).verdict
    floor, ceiling = BAND
    truth = "below" if prevalence < floor else "above" if prevalence > ceiling else "inside"
    return {
        "korn_graubard": limits.lower <= prevalence <= limits.upper,
        "wrong verdict": verdict not in (truth, "undecided"),
        "verdict inside": verdict == "inside",
    }


def rates(rng: np.random.Generator, person_years: float, per_1000: float) -> Found:
    """Events at a constant rate: ``d ~ Poisson(λ T)``."""
    events = int(rng.poisson(per_1000 * person_years / 1000))
    template = Estimate("how_soon", "incidence_rate", people=person_years)  # a year each
    row = rate_row(template, events, person_years)
    assert row.lower is not None and row.upper is not None
    return {"poisson_exact": row.lower <= per_1000 <= row.upper}


def corrected(
    rng: np.random.Generator,
    people: int,
    prevalence: float,
    sensitivity: float,
    specificity: float,
    validated: tuple[int, int],
) -> Found:
    """Recorded cases with error rates from a validation among ill and well people."""
    ill = int(rng.binomial(people, prevalence))
    recorded = int(rng.binomial(ill, sensitivity) + rng.binomial(people - ill, 1 - specificity))
    among_ill, among_well = validated
    se = ErrorRate(rng.binomial(among_ill, sensitivity) / among_ill, among_ill)
    sp = ErrorRate(rng.binomial(among_well, specificity) / among_well, among_well)
    held: Found = {}
    for name, correct in (("rogan_gladen", rogan_gladen_interval), ("bayes", bayesian_prevalence)):
        found = correct(recorded, people, se, sp)
        if found.lower is not None and found.upper is not None:
            held[name] = found.lower <= prevalence <= found.upper
    return held


def adjudicated(
    rng: np.random.Generator,
    people: int,
    prevalence: float,
    sensitivity: float,
    specificity: float,
    looked_at: tuple[int, int],
) -> Found:
    """Recorded cases and others looked at by an expert, at most so many of each."""
    ill = int(rng.binomial(people, prevalence))
    true = int(rng.binomial(ill, sensitivity))
    false = int(rng.binomial(people - ill, 1 - specificity))
    positive = min(true + false, looked_at[0])
    negative = min(people - true - false, looked_at[1])
    confirmed = int(rng.hypergeometric(true, false, positive)) if positive else 0
    missed = int(rng.hypergeometric(ill - true, people - ill - false, negative))
    both = begg_greenes(
        true + false, people, Adjudicated(confirmed, positive, missed, negative)
    ).prevalence
    only = ppv_corrected(true + false, people, confirmed, positive)
    held: Found = {}
    if both.lower is not None and both.upper is not None:
        held["begg_greenes"] = both.lower <= prevalence <= both.upper
    if only.lower is not None and only.upper is not None:
        held["ppv"] = only.lower <= prevalence * sensitivity <= only.upper
    return held
