"""Parametric onset times against R, with lifelines as a second opinion."""

import warnings
from pathlib import Path

import lifelines
import numpy as np
import pandas as pd
import pytest

from analysis.survival.interval_censored.parametric_fit import parametric_curves
from analysis.survival.interval_censored.piecewise_exponential import piecewise_exponential
from analysis.survival.interval_censored.royston_parmar import royston_parmar
from analysis.survival.interval_censored.weibull import weibull
from tests.reference.r_scripts import assert_same, regenerated, stored

HERE = Path(__file__).parent
R = stored(HERE, "parametric", "onset.csv")
data = pd.read_csv(HERE / "onset.csv").fillna({"upper": np.inf})
times = {"lower": data["lower"], "upper": data["upper"], "entry": data["entry"]}
adjusted = {"X": data[["x", "z"]], "weights": data["weight"]}
models = {
    "weibull": lambda **known: weibull(**known),
    "royston_parmar": lambda **known: royston_parmar(**known, knots=R["knots"]),
    "piecewise_exponential": lambda **known: piecewise_exponential(**known, cuts=R["cuts"]),
}


def test_the_data_hold_every_kind_of_censoring_and_late_entry():
    exact = data["lower"] == data["upper"]
    before_first_look = (data["lower"] == data["entry"]) & np.isfinite(data["upper"])
    for kind in (exact, before_first_look, np.isinf(data["upper"]), data["entry"] > 0):
        assert kind.sum() >= 50


@pytest.mark.parametrize("model", models)
@pytest.mark.parametrize("with_covariates", [False, True])
def test_maximum_of_the_likelihood_written_in_r(model, with_covariates):
    ours = models[model](**times, **(adjusted if with_covariates else {}))
    expected = R[model + ("_x" if with_covariates else "")]
    assert ours.status == "ok"
    off = (ours.coefficients - expected["coefficients"]) / ours.std_error
    np.testing.assert_allclose(off, 0, atol=1e-8)
    np.testing.assert_allclose(ours.std_error, expected["std_error"], rtol=1e-7)
    assert ours.log_likelihood == pytest.approx(expected["log_likelihood"], abs=1e-7)


def test_weibull_of_survreg_without_late_entry():
    early = (data["entry"] == 0) & ~((data["lower"] == 0) & np.isinf(data["upper"]))
    rows = data[early]
    ours = weibull(rows["lower"], rows["upper"], weights=rows["weight"], X=rows[["x", "z"]])
    expected = R["survreg"]
    assert ours.n == expected["n"]
    location, scale = np.array(expected["coefficients"]), expected["scale"]
    as_hazard = np.array([-location[0], 1.0, -location[1], -location[2]]) / scale
    np.testing.assert_allclose(ours.coefficients, as_hazard, rtol=1e-8)
    # survreg's parameters are (location, log scale): γ_0 = −b_0/σ, γ_1 = 1/σ, β = −b/σ.
    to_hazard = np.zeros((4, 4))
    to_hazard[[0, 2, 3], [0, 1, 2]] = -1 / scale
    to_hazard[:, 3] = -as_hazard
    covariance = to_hazard @ np.array(expected["variance"]) @ to_hazard.T
    np.testing.assert_allclose(ours.covariance, covariance, rtol=1e-6)


@pytest.mark.parametrize(
    ("model", "fitter"),
    [
        ("weibull", lifelines.WeibullFitter()),
        ("royston_parmar", lifelines.SplineFitter(np.array(R["knots"], dtype=float))),
    ],
)
def test_lifelines_agrees_with_late_entry_and_intervals(model, fitter):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fitter.fit_interval_censoring(times["lower"], times["upper"], entry=times["entry"])
    ours = models[model](**times)
    assert fitter.log_likelihood_ == pytest.approx(ours.log_likelihood, abs=1e-5)
    at = np.array([50.0, 400.0, 1000.0, 2000.0])
    theirs = fitter.survival_function_at_times(at).to_numpy()
    np.testing.assert_allclose(parametric_curves(ours, at).survival.estimate, theirs, atol=2e-5)


def test_lifelines_weibull_with_covariates_agrees():
    frame = data.drop(columns="weight")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = lifelines.WeibullAFTFitter().fit_interval_censoring(
            frame, "lower", "upper", entry_col="entry"
        )
    ours = weibull(**times, X=data[["x", "z"]])
    assert theirs.log_likelihood_ == pytest.approx(ours.log_likelihood, abs=1e-5)


def test_lifelines_piecewise_leaves_the_maximum_under_late_entry():
    """Its clip at 1e-25 lets Λ(entry) grow without paying for it: not a second opinion."""
    fitter = lifelines.PiecewiseExponentialFitter(breakpoints=R["cuts"])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fitter.fit_interval_censoring(times["lower"], times["upper"], entry=times["entry"])
    assert fitter.log_likelihood_ > 1e6
    assert models["piecewise_exponential"](**times).log_likelihood < 0


@pytest.mark.needs_r
def test_r_still_says_the_same(tmp_path):
    assert_same(R, regenerated(HERE, "parametric", "onset.csv", tmp_path), rtol=1e-6)
