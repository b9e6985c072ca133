"""Cause-specific hazards as one result: sums to one, errors against a bootstrap, statuses."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.survival.competing_risks.cause_specific import cause_specific


def cohort(seed: int, n: int = 300):
    rng = np.random.default_rng(seed)
    x = np.column_stack([rng.normal(size=n), rng.integers(0, 2, n)])
    start = np.floor(rng.uniform(0, 5, n)) * (np.arange(n) > 20)
    stop = start + np.ceil(rng.exponential(9 * np.exp(-0.5 * x[:, 0])))
    return x, stop, rng.integers(0, 3, n), start


def test_two_steps_by_hand():
    # A covariate without effect (pairs with x = 1, -1): h1 = 2/8 at 1, h2 = 2/6 at 2.
    stop, cause = [1, 1, 2, 2, 3, 3, 3, 3], [1, 1, 2, 2, 0, 0, 0, 0]
    x = np.tile([1.0, -1.0], 4)[:, None]
    fit = cause_specific(x, stop, cause, ties="breslow")
    curve = fit.incidence([0.0])
    first = 1 - np.exp(-1 / 4)
    second = np.exp(-1 / 4) * (1 - np.exp(-1 / 3))
    np.testing.assert_allclose(curve.estimate, [[first, 0], [first, second]], rtol=1e-12)
    # var F1(1) = (e^-1/4)² · 2/8²; var F2(2) adds what the first step takes from it.
    one = np.exp(-1 / 2) * 2 / 64
    two = np.exp(-1 / 2 - 2 / 3) * 2 / 36 + second**2 * 2 / 64
    np.testing.assert_allclose(curve.std_error[0, 0] ** 2, one, rtol=1e-12)
    np.testing.assert_allclose(curve.std_error[1, 1] ** 2, two, rtol=1e-12)


def test_the_incidences_and_the_event_free_add_up_to_one():
    x, stop, cause, start = cohort(91)
    curve = cause_specific(x, stop, cause, start=start).incidence([0.3, 1])
    either = cause_specific(x, stop, np.minimum(cause, 1), start=start)
    assert (np.diff(curve.estimate, axis=0) >= 0).all()
    assert (curve.estimate.sum(axis=1) < 1).all()
    assert either.incidence([0.3, 1]).estimate.shape[1] == 1


def test_standard_errors_against_a_bootstrap_of_people():
    x, stop, cause, start = cohort(92)
    person, times = [0.4, 1.0], [4.0, 8.0, 15.0]

    def read(pick):
        curve = cause_specific(x[pick], stop[pick], cause[pick], start=start[pick])
        curve = curve.incidence(person)
        at = np.searchsorted(curve.times, times, side="right") - 1
        return curve.estimate[at], curve.std_error[at]

    _, ours = read(np.arange(300))
    rng = np.random.default_rng(92)
    draws = np.array([read(rng.integers(0, 300, 300))[0] for _ in range(250)])
    # 3.9 Monte Carlo standard errors of a standard deviation from 250 draws.
    np.testing.assert_allclose(ours, draws.std(axis=0, ddof=1), rtol=3.9 / np.sqrt(500))


def test_strata_have_their_own_curves():
    x, stop, cause, start = cohort(93)
    strata = np.where(np.arange(300) % 2, "a", "b")
    fit = cause_specific(x, stop, cause, start=start, strata=strata)
    for name in ("a", "b"):
        own = np.unique(stop[(strata == name) & (cause > 0)])
        np.testing.assert_array_equal(fit.incidence([0, 0], stratum=name).times, own)
    with pytest.raises(ValueError, match="stratum must be given"):
        fit.incidence([0, 0])
    with pytest.raises(ValueError, match="not one of"):
        fit.incidence([0, 0], stratum="c")


def test_a_cause_without_a_model_is_named():
    x, stop, cause, start = cohort(94)
    split = np.column_stack([x[:, 0], cause == 2])
    fit = cause_specific(split, stop, cause, start=start)
    assert fit.status == "not_estimable"
    assert fit.reason.startswith("cause ") and "monotone likelihood" in fit.reason
    with pytest.raises(ValueError, match="every cause"):
        fit.incidence([0, 0])
    assert cause_specific(x, stop, np.zeros(300)).status == "not_estimable"
