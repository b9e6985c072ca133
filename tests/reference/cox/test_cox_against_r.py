"""Cox models against R's survival on thirty-three small data sets."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import chi2

from analysis.survival.cox_regression import residuals as cox_residuals
from analysis.survival.cox_regression.firth_profile import firth_profile
from analysis.survival.cox_regression.model import cox
from analysis.survival.cox_regression.predicted_curves import predicted_curve
from analysis.survival.cox_regression.proportional_hazards import proportional_hazards_test
from tests.reference.r_scripts import assert_same, regenerated, stored

HERE = Path(__file__).parent
R = stored(HERE, "cox", "data.csv")["results"]
DATA = pd.read_csv(HERE / "data.csv")
TIES = ("efron", "breslow")
ESTIMABLE = [name for name in R if "coefficients" in R[name]["efron"]]
NOT_ESTIMABLE = {
    "one_event_separated": ("monotone likelihood", (0,)),
    "no_event": ("no events", ()),
    "separated": ("monotone likelihood", (0,)),
    "separated_late_entry": ("monotone likelihood", (2,)),
    "separated_everything": ("monotone likelihood", (0,)),
    "collinear": ("collinear", (2,)),
    "constant": ("constant", (2,)),
}
OPTIONS = {
    "start": "start",
    "strata": "stratum",
    "weights": "weight",
    "cluster": "cluster",
    "offset": "offset",
}


def arguments(name: str) -> dict:
    rows = DATA[DATA["set"] == name]
    x = [c for c in rows.columns if c.startswith("x") and rows[c].notna().all()]
    given = {o: rows[c].to_numpy() for o, c in OPTIONS.items() if rows[c].notna().all()}
    return {"X": rows[x], "stop": rows["stop"], "event": rows["event"], **given}


def fitted(name: str, ties: str = "efron", **more):
    return cox(**arguments(name), ties=ties, **more)


grid = pytest.mark.parametrize(
    ("name", "ties"), [(name, ties) for name in ESTIMABLE for ties in TIES]
)


def near(ours, expected, rtol, atol=0.0):
    np.testing.assert_allclose(ours, expected, rtol=rtol, atol=atol)


def listed(value) -> np.ndarray:
    return np.atleast_1d(np.asarray(value, dtype=float))


def test_there_are_enough_data_sets():
    assert len(ESTIMABLE) >= 25
    assert set(ESTIMABLE) | set(NOT_ESTIMABLE) == set(R)


@grid
def test_coefficients_errors_and_likelihood(name, ties):
    fit, expected = fitted(name, ties), R[name][ties]
    assert fit.status == "ok"
    std_error = np.sqrt(np.diag(np.atleast_2d(expected["covariance"])))
    near(fit.coefficients / std_error, listed(expected["coefficients"]) / std_error, 0, 1e-8)
    near(fit.coefficients, listed(expected["coefficients"]), 1e-8, 1e-8 * std_error.max())
    near(fit.std_error, std_error, 1e-7)
    near(fit.log_likelihood, expected["log_likelihood"], 1e-12)
    near(fit.score_test.statistic, expected["score_test"], 1e-8, 1e-10)
    near(fit.wald_test.statistic, expected["wald_test"], 1e-6)
    if "cluster" in arguments(name):
        robust = np.atleast_2d(expected["robust_covariance"])
        near(fit.robust_std_error, np.sqrt(np.diag(robust)), 1e-6)
        near(fit.robust_covariance, robust, 0, 1e-6 * np.diag(robust).max())


@grid
@pytest.mark.parametrize("kind", ["martingale", "deviance", "score", "schoenfeld", "dfbeta"])
def test_residuals(name, ties, kind):
    fit, expected = fitted(name, ties), R[name][ties][kind]
    name_of = kind if kind == "dfbeta" else f"{kind}_residuals"
    residual = getattr(cox_residuals, name_of)(fit)
    values = residual.values if kind == "schoenfeld" else residual
    values = values.reshape(len(values), -1)
    size = np.sum(values**2, axis=0)
    near(size, listed(expected["squares"]), 1e-7, 1e-12)
    wave = np.cos(np.arange(1, len(values) + 1))
    near(wave @ values, listed(expected["waves"]), 0, 1e-7 * np.sqrt(size.max()) + 1e-12)


@grid
@pytest.mark.parametrize("transform", ["km", "rank", "identity"])
def test_proportional_hazards(name, ties, transform):
    test = proportional_hazards_test(fitted(name, ties), transform=transform)
    expected = R[name][ties][f"zph_{transform}"]
    if not expected:
        assert test.status == "not_estimable"
        return
    ours = [each.statistic for each in test.tests] + [test.overall.statistic]
    near(ours, expected, 1e-6, 1e-9)


@grid
def test_curve(name, ties):
    fit, given, expected = fitted(name, ties), arguments(name), R[name][ties]["curve"]
    stratum = None
    if "strata" in given:
        stratum = given["strata"][given["event"] == 1].min()
    curve = predicted_curve(fit, given["X"].iloc[0], stratum=stratum, conf="log")
    near(curve.cumulative_hazard, listed(expected["cumulative_hazard"]), 1e-7)
    near(curve.std_error, listed(expected["std_error"]), 1e-6)
    near(curve.lower, listed(expected["lower"]), 1e-6, 1e-12)
    near(curve.upper, listed(expected["upper"]), 1e-6)


@pytest.mark.parametrize("name", NOT_ESTIMABLE)
def test_no_estimate_is_a_status_with_a_reason(name):
    reason, columns = NOT_ESTIMABLE[name]
    fit = fitted(name)
    assert fit.status == "not_estimable"
    assert reason in fit.reason
    assert fit.columns == columns
    assert fit.coefficients is None and fit.covariance is None and fit.std_error is None


@pytest.mark.parametrize(
    ("name", "ties", "key"),
    [(name, "efron", "firth") for name in R if "firth" in R[name]]
    + [(name, "breslow", "firth_breslow") for name in R if "firth_breslow" in R[name]],
)
def test_firth(name, ties, key):
    fit, expected = fitted(name, ties, penalty="firth"), R[name][key]
    assert fit.status == "ok"
    assert ("monotone likelihood" in fit.reason) == ("separated" in name)
    near((fit.coefficients - listed(expected["coefficients"])) / fit.std_error, 0, 0, 1e-7)
    near(fit.log_likelihood, [expected["null"], expected["value"]], 1e-11)


@pytest.mark.parametrize("name", [name for name in R if "limits" in R[name].get("firth", {})])
def test_firth_profile_of_the_first_column(name):
    fit, expected = fitted(name, penalty="firth"), R[name]["firth"]
    profile = firth_profile(fit, columns=[0])
    assert profile.status == ("ok",)
    limits = np.array([profile.lower[0], profile.upper[0]])
    near(limits, expected["limits"], 0, 1e-6 * fit.std_error[0])
    near(profile.statistic[0], expected["statistic"], 1e-8)
    assert profile.p_value[0] == pytest.approx(chi2.sf(expected["statistic"], 1), rel=1e-7)


@pytest.mark.needs_r
def test_r_still_says_so(tmp_path):
    assert_same(regenerated(HERE, "cox", "data.csv", tmp_path)["results"], R, 1e-7)
