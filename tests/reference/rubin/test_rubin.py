"""Rubin's rules against mice and mitools in R."""

from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from analysis.survival.imputation.rubin import pool_coefficients, pool_curves, pool_wald
from tests.reference.r_scripts import assert_same, regenerated, stored

HERE = Path(__file__).parent
R = stored(HERE, "rubin", "imputed.csv")


def column(rows, name):
    return [row[name] for row in rows]


@pytest.mark.parametrize("size", ["finite", "infinite"])
def test_degrees_of_freedom_and_missing_information_of_mice(size):
    complete = R["n"] - 2 if size == "finite" else np.inf
    ours = pool_coefficients(R["coefficients"], R["covariances"], complete_df=complete)
    np.testing.assert_allclose(ours.estimate, column(R[size], "estimate"), rtol=1e-12)
    np.testing.assert_allclose(ours.std_error**2, column(R[size], "total"), rtol=1e-12)
    np.testing.assert_allclose(ours.degrees_of_freedom, column(R[size], "df"), rtol=1e-10)
    missing = column(R[size], "missing_information")
    np.testing.assert_allclose(ours.missing_information, missing, rtol=1e-10)


def test_whole_covariance_of_mitools():
    ours = pool_coefficients(R["coefficients"], R["covariances"])
    np.testing.assert_allclose(ours.covariance, R["covariance"], rtol=1e-11)


@pytest.mark.parametrize("m", [5, 3])
def test_joint_test_of_mitml(m):
    """5 imputations of 2 coefficients have t = 8 > 4, 3 have t = 4: both forms of ν.

    mitml differentiates the constraints numerically: it is good to about eight digits.
    """
    ours = pool_wald(R["coefficients"][:m], R["covariances"][:m])
    statistic, k, df, p_value, _ = R[f"wald_of_{m}"]
    assert ours.degrees_of_freedom[0] == k
    np.testing.assert_allclose(
        [ours.statistic, ours.degrees_of_freedom[1], ours.p_value],
        [statistic, df, p_value],
        rtol=1e-7,
    )


def test_curves_are_pooled_as_log_minus_log():
    ours = pool_curves(R["survival"], R["survival_se"], complete_df=R["n"] - 1)
    g, df = np.array(column(R["curve"], "estimate")), np.array(column(R["curve"], "df"))
    margin = stats.t.ppf(0.975, df) * np.sqrt(column(R["curve"], "total"))
    np.testing.assert_allclose(ours.degrees_of_freedom, df, rtol=1e-10)
    np.testing.assert_allclose(ours.survival, np.exp(-np.exp(g)), rtol=1e-12)
    np.testing.assert_allclose(ours.lower, np.exp(-np.exp(g + margin)), rtol=1e-11)
    np.testing.assert_allclose(ours.upper, np.exp(-np.exp(g - margin)), rtol=1e-11)


@pytest.mark.needs_r
def test_r_still_says_the_same(tmp_path):
    assert_same(R, regenerated(HERE, "rubin", "imputed.csv", tmp_path), rtol=1e-8)
