"""Fine and Gray's model against finegray + coxph and crr in R."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.survival.competing_risks.fine_gray import fine_gray
from tests.reference.fine_gray.make_data import everything
from tests.reference.r_scripts import assert_same, regenerated, stored

HERE = Path(__file__).parent
R = stored(HERE, "fine_gray", "fine_gray.csv")
SETS = R["sets"]
DATA = pd.read_csv(HERE / "fine_gray.csv")


def fit(name: str):
    table = DATA[DATA["set"] == name]
    return fine_gray(
        table[["x1", "x2", "x3"]],
        table["stop"],
        table["cause"],
        start=table["start"],
        id=table["id"],
        weights=table["weight"],
    )


def roots(covariance):
    return np.sqrt(np.diag(covariance))


@pytest.mark.parametrize("name", SETS)
def test_weighted_cox_on_expanded_rows(name):
    ours, r = fit(name), SETS[name]
    assert ours.status == "ok"
    np.testing.assert_allclose(ours.coefficients, r["coefficients"], rtol=0, atol=1e-7)
    np.testing.assert_allclose(roots(ours.covariance), roots(r["naive"]), rtol=1e-6)
    np.testing.assert_allclose(ours.robust_std_error, roots(r["robust"]), rtol=1e-6)
    np.testing.assert_allclose(ours.log_likelihood, r["log_likelihood"], rtol=1e-9)
    np.testing.assert_allclose(ours.times, r["times"], rtol=1e-12)
    at_zero = ours.baseline_hazard * np.exp(-ours.centre @ ours.coefficients)
    np.testing.assert_allclose(at_zero, r["hazard"], rtol=1e-6)


def test_estimated_weights_are_those_of_crr_without_ties_and_entry():
    ours, r = fit("plain"), SETS["plain"]["crr"]
    np.testing.assert_allclose(ours.coefficients, r["coefficients"], rtol=0, atol=1e-7)
    np.testing.assert_allclose(ours.std_error, roots(r["covariance"]), rtol=1e-6)


def test_data_are_those_of_the_seeds():
    pd.testing.assert_frame_equal(everything().reset_index(drop=True), DATA)


@pytest.mark.needs_r
def test_r_says_the_same_again(tmp_path):
    assert_same(regenerated(HERE, "fine_gray", "fine_gray.csv", tmp_path), R, 1e-8)
