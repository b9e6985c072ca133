"""Cause-specific models and the incidence predicted from them against coxph in R."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.survival.competing_risks.cause_specific import cause_specific
from tests.reference.r_scripts import assert_same, regenerated, stored

HERE = Path(__file__).parent
R = stored(HERE, "cause_specific", "fine_gray.csv")
DATA = pd.read_csv(HERE / "fine_gray.csv")


@pytest.mark.parametrize("name", R["sets"])
def test_models_and_incidence(name):
    table, r = DATA[DATA["set"] == name], R["sets"][name]
    fit = cause_specific(
        table[["x1", "x2", "x3"]],
        table["stop"],
        table["cause"],
        start=table["start"],
        id=table["id"],
        weights=table["weight"],
        ties="breslow",
    )
    assert fit.status == "ok" and fit.causes.tolist() == [1, 2]
    ours = [model.coefficients for model in fit.models]
    np.testing.assert_allclose(ours, r["coefficients"], rtol=0, atol=1e-8)
    curve = fit.incidence(R["person"])
    np.testing.assert_allclose(curve.times, r["times"], rtol=1e-12)
    np.testing.assert_allclose(curve.estimate, r["incidence"], rtol=1e-8)


@pytest.mark.needs_r
def test_r_says_the_same_of_causes_again(tmp_path):
    again = regenerated(HERE, "cause_specific", "fine_gray.csv", tmp_path)
    assert_same(again, R, 1e-8)
