"""Non-parametric onset against R; lifelines where it can say anything."""

import warnings
from pathlib import Path

import lifelines
import numpy as np
import pandas as pd
import pytest

from analysis.survival.interval_censored.turnbull import survival_bounds, turnbull
from tests.reference.r_scripts import assert_same, regenerated, stored

HERE = Path(__file__).parent
R = stored(HERE, "turnbull", "onset.csv")
data = pd.read_csv(HERE / "onset.csv").fillna({"upper": np.inf})


def outside(bounds, survival):
    return np.maximum(bounds.lower - survival, survival - bounds.upper).max()


def test_late_entry_against_an_em_with_ghosts_on_every_cell():
    rows, expected = data[: R["ghosts"]["n"]], R["ghosts"]
    assert (rows["entry"] > 0).sum() >= 20
    ours = turnbull(rows["lower"], rows["upper"], entry=rows["entry"], weights=rows["weight"])
    assert ours.status == "ok"
    assert ours.log_likelihood == pytest.approx(expected["log_likelihood"], abs=1e-9)
    bounds = survival_bounds(ours, expected["times"])
    assert outside(bounds, np.array(expected["survival"])) < 1e-9


def test_survfit_without_late_entry_to_its_own_tolerance():
    early = data[(data["entry"] == 0) & ~((data["lower"] == 0) & np.isinf(data["upper"]))]
    assert len(early) == R["survfit"]["n"]
    ours = turnbull(early["lower"], early["upper"], weights=early["weight"])
    bounds = survival_bounds(ours, R["survfit"]["times"])
    assert outside(bounds, np.array(R["survfit"]["survival"])) < 2e-4


def test_lifelines_agrees_without_late_entry_or_ties():
    rng = np.random.default_rng(20240505)
    lower = rng.uniform(0, 10, 60)
    upper = np.where(rng.uniform(size=60) < 0.7, lower + rng.uniform(0.5, 6, 60), np.inf)
    ours = turnbull(lower, upper)
    fitter = lifelines.KaplanMeierFitter()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fitter.fit_interval_censoring(lower, np.where(np.isfinite(upper), upper, 1e6), tol=1e-10)
    theirs = fitter.survival_function_["NPMLE_estimate_lower"]
    rows = np.isin(theirs.index, ours.right.astype(theirs.index.dtype))
    finite = np.isfinite(ours.right)
    assert rows.sum() == finite.sum()
    np.testing.assert_allclose(theirs[rows], ours.survival[finite], atol=1e-4)


def test_lifelines_refuses_late_entry():
    with pytest.raises(NotImplementedError):
        lifelines.KaplanMeierFitter().fit_interval_censoring([1, 2], [3, 4], entry=[0, 1])


@pytest.mark.needs_r
def test_r_still_says_the_same(tmp_path):
    assert_same(R, regenerated(HERE, "turnbull", "onset.csv", tmp_path), rtol=1e-9)
