"""Intervals recomputed from released counts, by the method the row names."""

from __future__ import annotations

from scipy.stats import beta, chi2
from statsmodels.stats.proportion import proportion_confint

METHODS = {
    "clopper_pearson": "beta",
    "wilson": "wilson",
    "jeffreys": "jeffreys",
    "korn_graubard": "beta",
}


def proportion_interval(
    numerator: float, denominator: float, model: str, per_person: float = 1.0
) -> tuple[float, float]:
    """95 % interval of ``numerator / denominator``.

    ``clopper_pearson``: exact (Clopper and Pearson, 1934); ``wilson``: score (Wilson, 1927);
    ``jeffreys``: Beta(½, ½) prior, its end 0 or 1 without or with only cases; ``korn_graubard``:
    exact on effective counts (1998), ``per_person``: effective sample size per person.
    ``ValueError`` for another model.
    """
    if model not in METHODS:
        raise ValueError(f"model: no interval known by the name {model}")
    if model == "korn_graubard":
        numerator, denominator = numerator * per_person, denominator * per_person
    if model == "jeffreys" and numerator in (0, denominator):
        tail, other = (0.0, beta.ppf(0.975, 0.5, denominator + 0.5)), numerator == 0
        return tail if other else (float(1 - tail[1]), 1.0)
    lower, upper = proportion_confint(numerator, denominator, 0.05, method=METHODS[model])
    return float(lower), float(upper)


def rate_interval(events: float, person_years: float) -> tuple[float, float]:
    """Exact 95 % Poisson interval of events per 1,000 person-years (Garwood, 1936).

    ``chi2(0.025, 2d) / 2`` and ``chi2(0.975, 2d + 2) / 2`` over person-years, times 1,000.
    """
    low = chi2.ppf(0.025, 2 * events) / 2 if events > 0 else 0.0
    high = chi2.ppf(0.975, 2 * events + 2) / 2
    return float(1000 * low / person_years), float(1000 * high / person_years)
