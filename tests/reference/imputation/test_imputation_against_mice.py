"""Chained equations against mice in R, within the Monte Carlo error of both."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.survival.cox_regression.model import cox
from analysis.survival.imputation.chained_equations import (
    IncompleteVariable,
    chained_equations,
    hazard_increments,
)
from analysis.survival.imputation.rubin import pool_coefficients
from tests.reference.r_scripts import assert_same, regenerated, stored

HERE = Path(__file__).parent
R = stored(HERE, "imputation", "people.csv")
data = pd.read_csv(HERE / "people.csv")
M = 60
WIDTH = 4.0  # Monte Carlo standard errors


@pytest.fixture(scope="module")
def ours():
    """Completed values and the Cox fit of each imputation."""
    n = len(data)
    outcome = hazard_increments(data["entry"], data["stop"], data["event"], (1,))
    found = chained_equations(
        [IncompleteVariable(name, data[name].to_numpy(), np.arange(n)) for name in ("x", "y")],
        person=np.arange(n),
        days=data["stop"] - data["entry"],
        complete=data[["z"]],
        outcome=outcome,
        imputations=M,
        seed=20240612,
    )
    completed = list(found)
    fits = [
        cox(
            np.column_stack([data["z"], values["x"], values["y"]]),
            data["stop"],
            data["event"],
            start=data["entry"],
        )
        for values in completed
    ]
    return outcome, completed, fits


def test_hazard_increments_are_those_of_survfit(ours):
    np.testing.assert_allclose(ours[0][:20, 1], R["increments"], rtol=1e-10, atol=1e-14)


def test_means_and_spread_of_the_imputed_values(ours):
    _, completed, _ = ours
    for j, name in enumerate(("x", "y")):
        gone = data[name].isna().to_numpy()
        drawn = np.array([values[name][gone] for values in completed])
        error = drawn.mean(axis=1).std(ddof=1) * np.sqrt(1 / M + 1 / R["m"])
        assert abs(drawn.mean() - R["mean_imputed"][j]) < WIDTH * error
        spread = drawn.std(axis=1, ddof=1)
        error = spread.std(ddof=1) * np.sqrt(1 / M + 1 / R["m"])
        assert abs(spread.mean() - R["sd_imputed"][j]) < WIDTH * error


def test_pooled_estimates_and_variances(ours):
    fits = ours[2]
    pooled = pool_coefficients([f.coefficients for f in fits], [f.covariance for f in fits])
    between = np.var([f.coefficients for f in fits], axis=0, ddof=1)
    error = np.sqrt(between / M + np.array(R["between"]) / R["m"])
    assert (np.abs(pooled.estimate - R["estimate"]) < WIDTH * error).all()
    # A variance of M draws is known to √(2/(M − 1)) of itself.
    noise = np.sqrt(2 / (M - 1) * between**2 + 2 / (R["m"] - 1) * np.array(R["between"]) ** 2)
    assert (np.abs(between - R["between"]) < WIDTH * noise).all()
    assert (np.abs(pooled.std_error**2 - R["total"]) < WIDTH * noise + 0.02 * between).all()


def test_both_leave_the_complete_cases_behind(ours):
    """Missing at random given the event: complete cases are off by many Monte Carlo errors."""
    pooled = np.mean([f.coefficients for f in ours[2]], axis=0)
    error = np.sqrt(np.array(R["between"]) / M)
    assert np.abs((pooled - R["complete_cases"]) / error).max() > 20


@pytest.mark.needs_r
def test_r_still_says_the_same(tmp_path):
    assert_same(R, regenerated(HERE, "imputation", "people.csv", tmp_path), rtol=1e-6)
