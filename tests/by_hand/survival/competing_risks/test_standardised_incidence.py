"""Incidence averaged over people: one person, a mean of people, and the spread of a bootstrap."""

import numpy as np
import pytest

from analysis.survival.competing_risks.cause_specific import cause_specific
from analysis.survival.competing_risks.standardised_incidence import MOST, standardised_incidence
from analysis.survival.curves.aalen_johansen import aalen_johansen

AT = np.array([5.0, 20.0, 60.0])


def people(n=400, seed=11):
    """Two causes, hazards that depend on a mark and a number; a third enter late; whole days."""
    rng = np.random.default_rng(seed)
    X = np.column_stack([rng.uniform(size=n) < 0.4, rng.normal(size=n)]).astype(float)
    rates = 0.01 * np.exp(X @ [0.8, 0.5]), 0.02 * np.exp(X @ [-0.3, 0.4])
    start = np.where(rng.uniform(size=n) < 0.3, rng.integers(0, 10, n), 0).astype(float)
    days = [start + np.ceil(rng.exponential(1 / rate)) for rate in rates]
    end = start + rng.integers(20, 100, n)
    stop = np.minimum(np.minimum(*days), end)
    cause = np.where(stop == end, 0, np.where(days[0] <= days[1], 1, 2))
    return X, start, stop, cause


def fitted(X, start, stop, cause):
    return cause_specific(X, stop, cause, start=start)


def test_one_person_is_the_prediction_of_that_person():
    X, *rest = people()
    fit = fitted(X, *rest)
    for cause, column in ((1, 0), (2, 1)):
        found = standardised_incidence(fit, X[:1], AT, cause)
        alone = fit.incidence(X[0])
        at = np.searchsorted(alone.times, AT, side="right") - 1
        np.testing.assert_allclose(found.estimate, alone.estimate[at, column], rtol=1e-12)
        np.testing.assert_allclose(found.std_error, alone.std_error[at, column], rtol=1e-10)


def test_many_people_are_the_mean_of_their_predictions():
    X, *rest = people(120)
    fit = fitted(X, *rest)
    alone = [fit.incidence(x) for x in X]
    at = np.searchsorted(alone[0].times, AT, side="right") - 1
    mean = np.mean([one.estimate[at, 0] for one in alone], axis=0)
    np.testing.assert_allclose(standardised_incidence(fit, X, AT, 1).estimate, mean, rtol=1e-12)


def test_five_hundred_stand_for_all():
    X, *rest = people(4 * MOST + 37)
    fit = fitted(X, *rest)
    found = standardised_incidence(fit, X, AT, 1)
    whole = np.mean([fit.incidence(x).estimate[:, 0] for x in X], axis=0)
    at = np.searchsorted(fit.incidence(X[0]).times, AT, side="right") - 1
    assert found.averaged_over == MOST
    np.testing.assert_allclose(found.estimate, whole[at], rtol=5e-3)


def test_its_error_is_that_of_registries_drawn_again():
    """People as given: the same covariates, times drawn again; and near the crude curve."""
    truth = []
    X, *rest = people(600, 0)
    for seed in range(60):
        Z, start, stop, cause = people(600, 100 + seed)
        truth.append(standardised_incidence(fitted(Z, start, stop, cause), X, AT, 1).estimate)
    found = standardised_incidence(fitted(X, *rest), X, AT, 1)
    np.testing.assert_allclose(found.std_error / np.std(truth, axis=0), 1.0, atol=0.3)
    start, stop, cause = rest
    crude = aalen_johansen(stop, cause, start=start, causes=[1, 2]).at(AT).estimate[:, 0]
    np.testing.assert_allclose(found.estimate, crude, atol=0.02)


def test_illegal_arguments_are_named():
    X, *rest = people()
    fit = fitted(X, *rest)
    with pytest.raises(ValueError, match="cause"):
        standardised_incidence(fit, X, AT, 3)
    with pytest.raises(ValueError, match="X"):
        standardised_incidence(fit, X[:, :1], AT, 1)
