"""A draw of people: what it adds to a variance is what repeated draws show."""

import numpy as np
import pytest

from analysis.survival.competing_risks.cause_specific import cause_specific
from analysis.survival.competing_risks.standardised_incidence import (
    SampledRows,
    standardised_incidence,
)
from analysis.survival.competing_risks.standardised_influence import hazard_influence
from analysis.survival.cox_regression.model import cox
from analysis.survival.cox_regression.residuals import of_fit
from analysis.survival.cox_regression.sampled_people import SampledPeople, sampled_covariance

TIMES = np.array([1.0, 2.0, 4.0])
N, MOST = 4000, 400


def people(n, rng):
    """Covariates, entry, exit and state: onset (1) rare, death (2) frequent."""
    X = np.column_stack([rng.normal(size=n), rng.integers(0, 2, n)])
    entry = rng.uniform(0, 1, n)
    onset = rng.exponential(size=n) / (0.02 * np.exp(0.5 * X[:, 0]))
    death = rng.exponential(size=n) / (0.15 * np.exp(0.3 * X[:, 0] - 0.4 * X[:, 1]))
    end = rng.uniform(2, 6, n)
    stop = np.minimum(np.minimum(onset, death), end) + entry
    state = np.where(end < np.minimum(onset, death), 0, np.where(onset < death, 1, 2))
    return X, entry, stop, state


def some(state, rng):
    """All with an onset and ``MOST`` of the others: who, and how they were drawn."""
    others = rng.choice(np.flatnonzero(state != 1), MOST, replace=False)
    chosen = np.sort(np.concatenate([np.flatnonzero(state == 1), others]))
    stratum = (state[chosen] == 1).astype(np.int64)
    weight = np.where(stratum == 1, 1.0, (state != 1).sum() / MOST)
    return chosen, SampledPeople(weight, stratum)


def read(X, entry, stop, state, people=None):
    """Log ratios of both causes and F of onset, and what the draw adds to their variances."""
    weights = None if people is None else people.weight
    fit = cause_specific(X, stop, state, start=entry, weights=weights)
    rows = np.arange(len(stop))
    drawn = None if people is None else SampledRows(people, rows)
    curve = standardised_incidence(fit, X, TIMES, 1, drawn=drawn)
    estimate = np.concatenate([*(model.coefficients for model in fit.models), curve.estimate])
    if people is None:
        return estimate, None
    added = [sampled_covariance(model, people, rows) - model.covariance for model in fit.models]
    return estimate, np.concatenate([*(np.diag(one) for one in added), curve.of_draw])


def test_draws_of_one_cohort_scatter_as_their_variance_says():
    rng = np.random.default_rng(20_261)
    whole = people(N, rng)
    target, _ = read(*whole)
    found, added = [], []
    for _ in range(150):
        chosen, how = some(whole[3], rng)
        estimate, variance = read(*(one[chosen] for one in whole), how)
        found.append(estimate)
        added.append(variance)
    scatter = np.var(found, axis=0, ddof=1)
    np.testing.assert_allclose(np.sqrt(np.mean(added, axis=0) / scatter), 1, atol=0.25)
    away = (np.mean(found, axis=0) - target) / np.sqrt(scatter / 150)
    assert (np.abs(away) < 3.9).all(), away


def test_the_whole_cohort_drawn_adds_nothing():
    X, entry, stop, state = people(300, np.random.default_rng(3))
    everybody = SampledPeople(np.ones(300), (state == 1).astype(np.int64))
    fit = cause_specific(X, stop, state, start=entry)
    plain = standardised_incidence(fit, X, TIMES, 1)
    found = standardised_incidence(fit, X, TIMES, 1, drawn=SampledRows(everybody, np.arange(300)))
    assert (found.estimate == plain.estimate).all()
    assert (found.std_error == plain.std_error).all()
    np.testing.assert_array_equal(
        sampled_covariance(fit.models[0], everybody, np.arange(300)), fit.models[0].covariance
    )


def test_the_influence_of_a_row_is_the_slope_by_its_weight():
    """Central differences, no two events on one time; g is the cumulative hazard at the centre."""
    X, entry, stop, state = people(80, np.random.default_rng(4))
    event, ones = (state == 2).astype(int), np.ones(80)

    def total(weights):
        fit = cox(X, stop, event, start=entry, weights=weights)
        kept = of_fit(fit)
        risk = np.exp(X @ fit.coefficients)
        times = np.sort(stop[event == 1])
        at_risk = (entry < times[:, None]) & (stop >= times[:, None])
        w = weights * risk
        who = np.argsort(stop[event == 1])
        steps = weights[event == 1][who] / (at_risk * w).sum(axis=1)
        return fit, kept, steps.sum()

    fit, kept, _ = total(ones)
    centre = kept.data.centre[0]
    steps, mean = kept.at.hazard, kept.at.mean + centre  # at the centre; means are from it
    relative = np.exp(-centre @ fit.coefficients)
    by_beta = -(relative * steps[:, None] * mean).sum(axis=0)
    found = hazard_influence(fit, np.full((1, len(steps)), relative), by_beta[None])[:, 0]
    for i in range(0, 80, 7):
        up, down = (total(ones + sign * 1e-4 * (np.arange(80) == i))[2] for sign in (1, -1))
        assert found[i] == pytest.approx((up - down) / 2e-4, rel=1e-5, abs=1e-8)
