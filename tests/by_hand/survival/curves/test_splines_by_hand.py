"""Splines: what can be worked out on paper, and what is refused."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from analysis.survival.splines import (
    b_spline,
    contrast_curve,
    knots_by_quantile,
    nonlinearity_test,
    restricted_cubic_spline,
)


def test_three_knots_on_paper():
    """Knots 0, 1, 3: at 2 the bend is (8 − 1·3/2) / 9; beyond 3 its slope is constant."""
    spline = restricted_cubic_spline([0, 1, 3])
    np.testing.assert_allclose(spline.basis([2.0])[0], [2, (8 - 1.5) / 9], rtol=1e-15)
    bend = spline.basis([3.0, 4.0, 5.0])[:, 1]
    assert bend[2] - bend[1] == pytest.approx(bend[1] - bend[0], rel=1e-14)


@given(st.floats(-3, 8))
def test_slope_is_the_derivative(at):
    spline = restricted_cubic_spline([0, 1, 3, 4.5])
    step = 1e-5
    rise = (spline.basis([at + step]) - spline.basis([at - step])) / (2 * step)
    np.testing.assert_allclose(spline.slope([at]), rise, atol=1e-7)


@given(st.floats(-1, 1), st.floats(0.1, 10))
def test_contrast_follows_a_change_of_unit(shift, factor):
    """The curve of a covariate in another unit, with its knots, is the same curve."""
    x, knots = np.array([0.2, 1.7, 3.9]), np.array([0.0, 1, 3, 4])
    straight, bent = 0.4, np.array([0.3, -0.2])
    V = np.diag([0.2, 0.1, 0.3])
    to_other = np.diag([factor, factor, factor])
    first = contrast_curve(restricted_cubic_spline(knots), x, 1.0, [straight, *bent], V)
    second = contrast_curve(
        restricted_cubic_spline(factor * knots + shift),
        factor * x + shift,
        factor + shift,
        np.linalg.solve(to_other, [straight, *bent]),
        np.linalg.inv(to_other) @ V @ np.linalg.inv(to_other),
    )
    np.testing.assert_allclose(first.estimate, second.estimate, atol=1e-10)
    np.testing.assert_allclose(first.std_error, second.std_error, atol=1e-10)


def test_a_straight_line_has_no_bend_in_either_basis():
    for spline in (restricted_cubic_spline([0, 1, 2, 3]), b_spline([1, 2], (0, 3))):
        direction = spline.linear_direction
        test = nonlinearity_test(2.5 * direction, np.eye(len(direction)), direction)
        assert test.statistic == pytest.approx(0, abs=1e-25)
        line = spline.basis([0.5, 1.5, 2.9]) @ direction
        np.testing.assert_allclose(np.diff(line), [1.0, 1.4], rtol=1e-13)


def test_one_bend_is_a_squared_normal():
    test = nonlinearity_test([1.0, 3.0], [[1, 0.5], [0.5, 4]], [1.0, 0.0])
    assert test.statistic == pytest.approx(9 / 4)
    assert test.p_value == pytest.approx(2 * stats.norm.sf(1.5))


def test_interval_has_no_width_at_the_reference():
    spline = b_spline([1.0], (0, 3))
    curve = contrast_curve(spline, [1.5, 2], 1.5, np.arange(4.0), np.eye(4))
    assert curve.std_error[0] == curve.estimate[0] == 0
    assert curve.lower[1] < curve.estimate[1] < curve.upper[1]


def test_singular_covariance_is_a_status():
    test = nonlinearity_test([1.0, 2, 3], np.diag([1.0, 1, 0]), [1.0, 0, 0])
    assert test.status == "not_estimable"
    assert "singular" in test.reason


def test_ties_that_merge_knots_are_a_status():
    placed = knots_by_quantile(np.repeat([1.0, 2.0], 60), 4)
    assert placed.status == "not_estimable"
    assert "tied" in placed.reason
    assert knots_by_quantile([1.0, 2, 3], 3).status == "not_estimable"


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: restricted_cubic_spline([0, 2, 2]), r"knots\[2\]"),
        (lambda: restricted_cubic_spline([0, 2]), "knots has 2 values"),
        (lambda: restricted_cubic_spline([0, np.nan, 2]), r"knots\[1\]"),
        (lambda: restricted_cubic_spline([0, 1, 2]).basis([0, np.inf]), r"x\[1\]"),
        (lambda: b_spline([1, 4], (0, 3)), r"knots\[1\]"),
        (lambda: b_spline([1], (3, 0)), r"boundary\[1\]"),
        (lambda: b_spline([1], (0, 3), degree=0), "degree"),
        (lambda: b_spline([1], (0, 3)).basis([1, 5]), r"x\[1\] is outside"),
        (lambda: knots_by_quantile([1, 2, 3], 2), "n_knots"),
        (lambda: nonlinearity_test([1.0], [[1.0]], [1.0]), "no non-linear term"),
        (lambda: nonlinearity_test([1.0, 2], np.ones((2, 3)), [1.0, 0]), "covariance"),
        (
            lambda: contrast_curve(b_spline([1], (0, 3)), [1], 9, np.ones(4), np.eye(4)),
            r"x\[0\] is outside",
        ),
    ],
)
def test_illegal_arguments_are_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
