"""The subdistribution hazard on a few patients; what splitting, weights and order may not do."""

from __future__ import annotations

import math

import numpy as np
import pytest

from analysis.survival.competing_risks.fine_gray import (
    at_risk_first,
    fine_gray,
    subdistribution_data,
)
from analysis.survival.competing_risks.fine_gray_likelihood import evaluate
from analysis.survival.competing_risks.subdistribution_people import subdistribution_people
from analysis.survival.competing_risks.subdistribution_weights import subdistribution_weights
from analysis.survival.cox_regression.model import cox
from analysis.survival.curves.aalen_johansen import aalen_johansen
from analysis.survival.risk_set_sums.risk_sets import risk_sets


def cohort(seed: int, n: int = 150, late: bool = True, whole: bool = True):
    rng = np.random.default_rng(seed)
    x = np.column_stack([rng.normal(size=n), rng.integers(0, 2, n)])
    start = rng.uniform(0, 4, n) * late
    start[:6] = 0
    length = rng.exponential(6 * np.exp(-0.4 * x[:, 0]))
    if whole:
        start, length = np.floor(start), np.ceil(length)
    return x, start + length + 1e-9, rng.integers(0, 3, n), start


def test_weights_by_hand():
    # Censored at 2 and 4 of those standing there (3 and 1 after the events); entry at 1 and 3.
    stop = np.array([2.0, 2, 3, 5, 4, 6])
    start = np.array([0.0, 0, 0, 0, 1, 3])
    cause = np.array([0, 1, 2, 1, 0, 1])
    ours = subdistribution_weights(np.array([1.0, 2, 3, 5]), stop, start, cause, np.ones(6))
    censoring = np.array([1, 1, 1 - 1 / 4, (1 - 1 / 4) * (1 - 1 / 3)])
    # At 3 (after the leavings of 3): rows 4, 5 and the entrant; at 1: rows 1-4 and the entrant.
    entry = np.array([(1 - 1 / 3) * (1 - 1 / 5), 1 - 1 / 3, 1 - 1 / 3, 1])
    np.testing.assert_allclose(ours.at_times, censoring * entry, rtol=1e-14)
    at_stop = [2 / 3, 2 / 3, 3 / 4 * 2 / 3, 3 / 4 * 2 / 3, 3 / 4, 3 / 4 * 2 / 3]
    np.testing.assert_allclose(ours.at_stop, at_stop, rtol=1e-14)


def test_one_covariate_in_closed_form():
    # No censoring: after its competing event at 1 row 0 stays. Risk sets at 2 and 3:
    # {0, 1, 2, 3} with x = 1, 1, 0, 0 and {0, 2, 3}: 1/2 (1 + 0) ... score z = e^b solves
    # 1 - 2z/(2z+2) - z/(z+2) = 0, so z² = 2 ... (z + 2)(2) = z (2z + 2) => z² = 2.
    fit = fine_gray([[1.0], [1], [0], [0]], [1, 2, 3, 9], [2, 1, 1, 2])
    np.testing.assert_allclose(np.exp(fit.coefficients), np.sqrt(2), rtol=1e-10)
    z = np.sqrt(2)
    np.testing.assert_allclose(fit.times, [2, 3])
    at_zero = fit.baseline_hazard * np.exp(-fit.centre @ fit.coefficients)
    np.testing.assert_allclose(at_zero, np.cumsum([1 / (2 * z + 2), 1 / (z + 2)]), rtol=1e-10)


@pytest.mark.parametrize("late", [False, True])
def test_without_covariate_effect_the_product_limit_is_the_cumulative_incidence(late):
    # Everyone twice, with x = 1 and -1: the coefficient is 0. Geskus (2011), theorem 1.
    _, stop, cause, start = cohort(71, late=late)
    x = np.repeat([1.0, -1.0], len(stop))[:, None]
    stop, cause, start = np.tile(stop, 2), np.tile(cause, 2), np.tile(start, 2)
    fit = fine_gray(x, stop, cause, start=start)
    np.testing.assert_allclose(fit.coefficients, 0, atol=1e-10)
    curve = aalen_johansen(stop, cause, start=start).at(fit.times)
    hazard = np.diff(fit.baseline_hazard, prepend=0.0)
    np.testing.assert_allclose(1 - np.cumprod(1 - hazard), curve.estimate[:, 0], rtol=1e-10)


def test_without_competing_events_it_is_coxs_model():
    x, stop, cause, start = cohort(72)
    event = np.minimum(cause, 1)
    ours = fine_gray(x, stop, event, start=start)
    theirs = cox(x, stop, event, start=start, ties="breslow", id=np.arange(len(stop)))
    np.testing.assert_allclose(ours.coefficients, theirs.coefficients, atol=1e-10)
    np.testing.assert_allclose(ours.covariance, theirs.covariance, rtol=1e-9)
    np.testing.assert_allclose(ours.robust_covariance, theirs.robust_covariance, rtol=1e-8)
    np.testing.assert_allclose(ours.std_error, ours.robust_std_error, rtol=1e-12)


def same_fit(first, second):
    tolerance = 1e-10 * first.robust_std_error.min()
    np.testing.assert_allclose(first.coefficients, second.coefficients, rtol=0, atol=tolerance)
    for name in ("covariance", "robust_covariance", "estimated_weights_covariance"):
        np.testing.assert_allclose(getattr(first, name), getattr(second, name), rtol=1e-8)


def test_row_order_and_splitting_do_not_matter():
    x, stop, cause, start = cohort(73)
    fit = fine_gray(x, stop, cause, start=start)
    middle = (start + stop) / 2
    turn = np.random.default_rng(73).permutation(2 * len(stop))
    cut = fine_gray(
        np.tile(x, (2, 1))[turn],
        np.concatenate([middle, stop])[turn],
        np.concatenate([np.zeros_like(cause), cause])[turn],
        start=np.concatenate([start, middle])[turn],
        id=np.tile(np.arange(len(stop)), 2)[turn],
    )
    same_fit(fit, cut)


def test_a_weight_of_two_is_two_rows_of_one_cluster():
    x, stop, cause, start = cohort(74)
    weights = np.random.default_rng(74).integers(1, 4, len(stop))
    copies = np.repeat(np.arange(len(stop)), weights)
    weighted = fine_gray(x, stop, cause, start=start, weights=weights)
    doubled = fine_gray(x[copies], stop[copies], cause[copies], start=start[copies], cluster=copies)
    same_fit(weighted, doubled)


def test_shifting_and_scaling_a_covariate():
    x, stop, cause, start = cohort(75)
    fit, moved = (fine_gray(z, stop, cause, start=start) for z in (x, 1000 + 10 * x))
    np.testing.assert_allclose(moved.coefficients * 10, fit.coefficients, rtol=1e-8)
    np.testing.assert_allclose(
        fit.incidence(x[:3], [2, 5]), moved.incidence(1000 + 10 * x[:3], [2, 5]), rtol=1e-8
    )


@pytest.mark.parametrize("late", [False, True])
def test_estimated_weights_are_the_derivative_by_a_persons_weight(late):
    x, stop, cause, start = cohort(76, n=400, late=late, whole=False)
    fit = fine_gray(x, stop, cause, start=start)
    squares, step = np.zeros((2, 2)), 1e-4
    for person in range(400):
        weights = np.ones(400)
        weights[person] = 1 + step
        moved = fine_gray(x, stop, cause, start=start, weights=weights)
        influence = (moved.coefficients - fit.coefficients) / step
        squares += np.outer(influence, influence)
    # The published form leaves out 1 − ΔΛ of censoring and entry: a per cent or so here.
    np.testing.assert_allclose(fit.std_error, np.sqrt(np.diag(squares)), rtol=5e-3)


def test_estimated_weights_with_late_entry_against_a_bootstrap_of_people():
    x, stop, cause, start = cohort(77, n=300)
    fit = fine_gray(x, stop, cause, start=start)
    rng, draws = np.random.default_rng(77), []
    for _ in range(400):
        pick = np.concatenate([np.arange(6), rng.integers(0, 300, 294)])
        again = fine_gray(x[pick], stop[pick], cause[pick], start=start[pick])
        draws.append(again.coefficients)
    spread = np.std(draws, axis=0, ddof=1)
    # 3.9 Monte Carlo standard errors of a standard deviation from 400 draws.
    np.testing.assert_allclose(fit.std_error, spread, rtol=3.9 / np.sqrt(800))


def test_covariates_that_change_are_not_available_and_why():
    fit = fine_gray([[0.0], [1], [1]], [1, 2, 3], [0, 1, 2], start=[0, 1, 0], id=[1, 1, 2])
    assert fit.status == "not_available"
    assert "change within a person" in fit.reason
    assert fit.coefficients is None


def test_a_person_who_comes_back_is_not_available():
    fit = fine_gray([[0.0], [0], [1]], [1, 5, 3], [0, 1, 2], start=[0, 3, 0], id=[1, 1, 2])
    assert fit.status == "not_available"


def test_no_events_and_degenerate_columns_are_not_estimable():
    x, stop, cause, start = cohort(78)
    assert fine_gray(x, stop, np.zeros_like(cause)).reason == "no events"
    constant = fine_gray(np.column_stack([x, np.ones(len(x))]), stop, cause)
    assert (constant.status, constant.columns) == ("not_estimable", (2,))
    double = fine_gray(np.column_stack([x, x[:, 0]]), stop, cause)
    assert (double.status, double.columns) == ("not_estimable", (2,))
    with pytest.raises(ValueError, match="fitted"):
        double.incidence(x, [1])


def test_monotone_likelihood_is_named():
    x, stop, cause, start = cohort(79)
    separated = np.column_stack([x[:, 0], cause == 1])
    fit = fine_gray(separated, stop, cause, start=start)
    assert fit.status == "not_estimable"
    assert fit.reason == "monotone likelihood in column 1"


def test_a_risk_set_empty_before_later_entries_is_not_estimable():
    fit = fine_gray(
        [[0.0], [1], [0], [1], [0]],
        [1, 2, 6, 7, 8],
        [2, 0, 1, 1, 0],
        start=[0, 0, 4, 4, 4],
    )
    assert fit.status == "not_estimable"
    assert "before others entered" in fit.reason


def test_illegal_arguments_are_named():
    with pytest.raises(ValueError, match=r"X\[1\] is not finite"):
        fine_gray([[0.0], [np.nan]], [1, 2], [1, 2])
    with pytest.raises(ValueError, match=r"cause\[0\]"):
        fine_gray([[0.0], [1]], [1, 2], [-1, 2])


def test_three_at_risk_before_two_hundred_thousand_with_scores_over_fifteen_logs():
    rng, n = np.random.default_rng(80), 200_000
    x = np.append([0.1, -0.2, 0.4], rng.uniform(-7.5, 7.5, n))[:, None]
    start = np.append([0.0, 0, 0], rng.integers(10, 20, n))
    stop = np.append([2.0, 4, 6], start[3:] + rng.integers(1, 9, n))
    # A second small risk set between two large ones: by subtraction it would be noise.
    x = np.concatenate([x, [[-7.0], [-7.4]], x[3:]])
    start = np.concatenate([start, [0, 0], start[3:] + 40])
    stop = np.concatenate([stop, [33, 60], stop[3:] + 40])
    cause = np.concatenate([[2, 1, 1], rng.integers(0, 3, n), [1, 0], rng.integers(0, 3, n)])
    persons = subdistribution_people(x, stop, cause, start, None, None, None)
    event = (cause == 1).astype(np.int64)
    sets = risk_sets(persons.start, persons.stop, event, np.zeros_like(event))
    order, times = at_risk_first(sets), np.unique(stop[event == 1])
    persons, stop, start, cause = persons.taken(order), stop[order], start[order], cause[order]
    x, event = x[order], event[order]
    shares = subdistribution_weights(times, stop, start, cause, np.ones(len(stop)))
    data = subdistribution_data(persons, event, sets, shares, np.zeros(1))
    fit = evaluate(data, np.array([1.0]))
    for k, t in enumerate(times):
        here = (start < t) & (t <= stop)
        kept = (cause == 2) & (stop < t)
        weight = np.where(here, 1.0, kept * shares.at_times[k] / np.where(kept, shares.at_stop, 1))
        s0 = math.fsum(np.exp(x[:, 0]) * weight)
        np.testing.assert_allclose(fit.hazard[k], event[stop == t].sum() / s0, rtol=1e-11)
