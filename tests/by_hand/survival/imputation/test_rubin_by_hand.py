"""Rubin's rules: on paper, at their edges, and what is refused."""

import numpy as np
import pytest

from analysis.survival.imputation.rubin import pool_coefficients, pool_curves, pool_wald


def test_two_imputations_on_paper():
    """Q = 1, 3; U = 1, 2: W = 1.5, B = 2, T = 4.5, λ = 2/3, ν = 9/4."""
    ours = pool_coefficients([[1.0], [3.0]], [[[1.0]], [[2.0]]])
    assert ours.estimate[0] == 2
    assert ours.covariance[0, 0] == pytest.approx(4.5)
    assert ours.variance_from_missing[0] == pytest.approx(2 / 3)
    assert ours.degrees_of_freedom[0] == pytest.approx(9 / 4)


def test_small_sample_degrees_of_freedom_on_paper():
    """ν_c = 20: ν_obs = 21/23 · 20 / 3, and 1/ν = 4/9 + 1/ν_obs."""
    ours = pool_coefficients([[1.0], [3.0]], [[[1.0]], [[2.0]]], complete_df=20)
    assert 1 / ours.degrees_of_freedom[0] == pytest.approx(4 / 9 + 3 * 23 / 21 / 20)


def test_imputations_that_agree_are_one_complete_analysis():
    ours = pool_coefficients([[1.0, 2]] * 4, [np.diag([1.0, 4])] * 4)
    np.testing.assert_allclose(ours.covariance, np.diag([1, 4]))
    assert np.isinf(ours.degrees_of_freedom).all()
    assert (ours.missing_information == 0).all()
    np.testing.assert_allclose(ours.upper, [1 + 1.959963985, 2 + 2 * 1.959963985], rtol=1e-9)
    limited = pool_coefficients([[1.0]] * 4, [[[1.0]]] * 4, complete_df=10)
    assert limited.degrees_of_freedom[0] == pytest.approx(11 / 13 * 10)


def test_order_of_imputations_and_unit_of_covariate_do_not_matter():
    rng = np.random.default_rng(5)
    Q, root = rng.normal(size=(6, 3)), rng.normal(size=(6, 3, 3))
    U = root @ root.transpose(0, 2, 1)
    ours, turned = pool_coefficients(Q, U), pool_coefficients(Q[::-1], U[::-1])
    np.testing.assert_allclose(turned.covariance, ours.covariance, rtol=1e-12)
    scaled = pool_coefficients(10 * Q, 100 * U)
    np.testing.assert_allclose(scaled.degrees_of_freedom, ours.degrees_of_freedom, rtol=1e-12)
    np.testing.assert_allclose(scaled.lower, 10 * ours.lower, rtol=1e-12)


def test_joint_test_without_missing_values_is_chi_square():
    """Q = (1, 2) with W = diag(1, 4) in every imputation: 1 + 1 on 2 degrees of freedom."""
    ours = pool_wald([[1.0, 2]] * 3, [np.diag([1.0, 4])] * 3)
    assert ours.statistic == pytest.approx(1)
    assert ours.p_value == pytest.approx(np.exp(-1))
    assert pool_wald([[1.0]], [[[1.0]]]).status == "not_estimable"
    singular = pool_wald([[1.0, 2], [2, 1]], [np.ones((2, 2))] * 2)
    assert "singular" in singular.reason
    with pytest.raises(ValueError, match=r"coefficients\[1\]"):
        pool_wald([[1.0], [np.nan]], np.ones((2, 1, 1)))


def test_a_curve_stays_between_zero_and_one():
    survival = [[1, 0.99, 0.2], [1, 0.98, 0.15], [1, 0.97, 0.1]]
    ours = pool_curves(survival, [[0, 0.02, 0.1], [0, 0.03, 0.05], [0, 0.03, 0.08]])
    assert ours.survival[0] == 1
    assert ours.estimable.tolist() == [False, True, True]
    assert ours.status == "ok"
    inside = ours.estimable
    assert ((ours.lower > 0) & (ours.lower < ours.survival))[inside].all()
    assert ((ours.survival < ours.upper) & (ours.upper < 1))[inside].all()
    between = np.exp(-np.cbrt(-np.log([0.2, 0.15, 0.1]).prod()))
    assert ours.survival[2] == pytest.approx(between)


def test_what_cannot_be_pooled_is_a_status():
    alone = pool_coefficients([[1.0]], [[[1.0]]])
    assert alone.status == "not_estimable"
    assert "one imputation" in alone.reason
    assert pool_curves([[0.5]], [[0.1]]).status == "not_estimable"
    mixed = pool_curves([[0.9, 1], [0.8, 0.9]], [[0.1, 0], [0.1, 0.1]])
    assert mixed.status == "flagged"
    assert np.isnan(mixed.survival[1])
    gone = pool_curves([[0.0], [0.1]], [[0], [0.1]])
    assert gone.status == "not_estimable"


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: pool_coefficients([[1.0], [np.nan]], np.ones((2, 1, 1))), r"coefficients\[1\]"),
        (lambda: pool_coefficients([[1.0], [2]], [[[1.0]], [[np.inf]]]), r"covariances\[1\]"),
        (lambda: pool_coefficients([[1.0], [2]], [[[1.0]], [[-1]]]), r"covariances\[1\]"),
        (lambda: pool_coefficients([[1.0], [2]], np.ones((2, 2))), "covariances has shape"),
        (lambda: pool_coefficients([[1.0], [2]], np.ones((2, 1, 1)), complete_df=0), "complete_df"),
        (lambda: pool_coefficients([[1.0], [2]], np.ones((2, 1, 1)), level=2), "level"),
        (lambda: pool_curves([[0.5], [1.5]], [[0.1], [0.1]]), r"survival\[1\]"),
        (lambda: pool_curves([[0.5], [0.5]], [[0.1], [-0.1]]), r"std_error\[1\]"),
        (lambda: pool_curves([[0.5], [0.5]], [[0.1]]), "std_error has 1 rows"),
        (lambda: pool_curves([[0.5], [0.5]], np.ones((2, 2))), "std_error has 2 times"),
    ],
)
def test_illegal_arguments_are_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
