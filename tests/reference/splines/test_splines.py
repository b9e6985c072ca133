"""Spline bases against Hmisc and splines in R."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.survival.splines import (
    b_spline,
    contrast_curve,
    knots_by_quantile,
    nonlinearity_test,
    restricted_cubic_spline,
)
from tests.reference.r_scripts import assert_same, regenerated, stored

HERE = Path(__file__).parent
R = stored(HERE, "splines", "data.csv")
x = pd.read_csv(HERE / "data.csv")["x"].to_numpy()


@pytest.mark.parametrize("n_knots", [3, 4, 5, 6, 7])
def test_knots_are_those_of_rcspline_eval(n_knots):
    placed = knots_by_quantile(x, n_knots)
    assert placed.status == "ok"
    np.testing.assert_allclose(placed.positions, R["knots"][n_knots - 3], rtol=1e-13)


@pytest.mark.parametrize("n_knots", [3, 4, 5])
def test_few_values_put_the_outer_knots_at_the_fifth_from_each_end(n_knots):
    placed = knots_by_quantile(x[:60], n_knots)
    np.testing.assert_allclose(placed.positions, R["few_knots"][n_knots - 3], rtol=1e-13)


def test_restricted_cubic_basis_is_that_of_rcspline_eval():
    ours = restricted_cubic_spline(R["knots"][2]).basis(x)
    np.testing.assert_allclose(ours, R["rcs5"], rtol=1e-10, atol=1e-13)


@pytest.mark.parametrize(("degree", "name"), [(3, "cubic"), (2, "quadratic")])
def test_b_spline_basis_is_that_of_bs(degree, name):
    ours = b_spline(R["inner"], tuple(R["edges"]), degree).basis(x)
    np.testing.assert_allclose(ours, R[name], rtol=1e-12, atol=1e-14)


def test_nonlinearity_of_a_restricted_cubic_spline_in_coxph():
    spline = restricted_cubic_spline(R["knots"][2])
    test = nonlinearity_test(R["coefficients"], R["covariance"], spline.linear_direction)
    assert test.degrees_of_freedom == 3
    np.testing.assert_allclose([test.statistic, test.p_value], [R["wald"], R["wald_p"]], rtol=1e-9)


def test_nonlinearity_of_a_b_spline_is_the_drop_in_residual_sum_of_squares():
    spline = b_spline(R["inner"], tuple(R["edges"]))
    test = nonlinearity_test(R["lm_coefficients"], R["lm_covariance"], spline.linear_direction)
    assert test.degrees_of_freedom == 5
    np.testing.assert_allclose(test.statistic, R["lm_statistic"], rtol=1e-8)


def test_contrast_curve_and_its_standard_errors():
    spline = restricted_cubic_spline(R["knots"][2])
    curve = contrast_curve(spline, R["at"], R["reference"], R["coefficients"], R["covariance"])
    np.testing.assert_allclose(curve.estimate, R["contrast"], rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(curve.std_error, R["contrast_se"], rtol=1e-9)


@pytest.mark.needs_r
def test_r_still_says_the_same(tmp_path):
    assert_same(R, regenerated(HERE, "splines", "data.csv", tmp_path), rtol=1e-8)
