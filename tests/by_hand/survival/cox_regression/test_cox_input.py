"""What a Cox model refuses, naming the argument and the first offending row."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.survival.cox_regression.firth_profile import firth_profile
from analysis.survival.cox_regression.model import cox
from analysis.survival.cox_regression.predicted_curves import predicted_curve, predicted_path
from analysis.survival.cox_regression.proportional_hazards import proportional_hazards_test
from analysis.survival.cox_regression.residuals import martingale_residuals

GOOD = {
    "X": np.array([[0.1, 1.0], [0.7, 0.0], [0.3, 1.0], [0.9, 0.0], [0.2, 0.0], [0.6, 1.0]]),
    "start": np.array([0.0, 1, 0, 2, 1, 0]),
    "stop": np.array([4.0, 5, 3, 6, 4, 5]),
    "event": np.array([1, 0, 1, 1, 0, 1]),
}


def changed(name: str, row, value) -> dict:
    values = np.array(GOOD[name], dtype=float)
    values[row] = value
    return {**GOOD, name: values}


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (changed("X", (2, 1), np.nan), r"X\[2\] is not finite"),
        (changed("X", (4, 0), np.inf), r"X\[4\] is not finite"),
        (changed("stop", 3, np.nan), r"stop\[3\] is not finite"),
        (changed("start", 1, 5), r"stop\[1\] is not after start"),
        (changed("start", 1, 7), r"stop\[1\] is not after start"),
        (changed("start", 0, -1), r"start\[0\] is negative"),
        (changed("event", 5, 2), r"event\[5\] is not 0 or 1"),
        (changed("event", 4, 0.5), r"event\[4\] is not a non-negative whole number"),
        ({**GOOD, "weights": [1, 1, 0, 1, 1, 1]}, r"weights\[2\] is not positive"),
        ({**GOOD, "weights": [1, 1, 1, -2, 1, 1]}, r"weights\[3\] is not positive"),
        ({**GOOD, "weights": [1, 1]}, r"weights has 2 rows, expected 6"),
        ({**GOOD, "offset": [0, 0, 0, 0, np.inf, 0]}, r"offset\[4\] is not finite"),
        ({**GOOD, "id": [1, 2, 3, 4, 1, 5]}, r"start\[4\] overlaps an earlier row"),
        ({**GOOD, "X": GOOD["X"][:, 0]}, r"X must be two-dimensional"),
        ({**GOOD, "ties": "exact"}, r"ties must be one of"),
        ({**GOOD, "penalty": "lasso"}, r"penalty must be"),
    ],
)
def test_illegal_input_is_refused(given, message):
    with pytest.raises(ValueError, match=message):
        cox(**given)


def test_a_cluster_must_hold_whole_people():
    data = {**GOOD, "start": [0.0, 4, 0, 2, 1, 0], "id": [1, 1, 2, 3, 4, 5]}
    with pytest.raises(ValueError, match=r"cluster\[1\] is not that of an earlier row"):
        cox(**data, cluster=[7, 8, 7, 7, 8, 8])


def test_no_message_tells_a_value():
    secret = changed("start", 1, 4321.5)
    with pytest.raises(ValueError) as refused:
        cox(**secret)
    assert "4321" not in str(refused.value)


def test_a_fit_that_failed_gives_nothing_further():
    fit = cox(GOOD["X"], GOOD["stop"], np.zeros(6))
    assert (fit.status, fit.reason) == ("not_estimable", "no events")
    for ask in (martingale_residuals, proportional_hazards_test, firth_profile):
        with pytest.raises(ValueError, match="status"):
            ask(fit)


def test_a_curve_needs_a_stratum_of_the_model():
    rng = np.random.default_rng(3)
    X, stop = rng.normal(size=(60, 2)), rng.integers(1, 20, 60)
    fit = cox(X, stop, rng.integers(0, 2, 60), strata=np.arange(60) % 2)
    with pytest.raises(ValueError, match="stratum must be given"):
        predicted_curve(fit, [0.0, 0.0])
    with pytest.raises(ValueError, match="stratum is not one"):
        predicted_curve(fit, [0.0, 0.0], stratum=5)
    with pytest.raises(ValueError, match=r"until\[1\] is not after"):
        predicted_path(fit, [[0.0, 0], [1, 1]], [5, 5], stratum=0)


def test_a_moving_path_is_no_risk_and_a_resting_one_gives_the_curve():
    rng = np.random.default_rng(4)
    X, stop = rng.normal(size=(80, 2)), rng.integers(1, 20, 80)
    fit = cox(X, stop, rng.integers(0, 2, 80))
    resting = predicted_path(fit, [[0.3, 0.1]] * 2, [7, 30])
    curve = predicted_curve(fit, [0.3, 0.1])
    assert resting.meaning == "hypothetical hazard integral"
    assert curve.meaning == "risk"
    np.testing.assert_allclose(resting.cumulative_hazard, curve.cumulative_hazard, rtol=1e-13)
    np.testing.assert_allclose(resting.std_error, curve.std_error, rtol=1e-12)
    moving = predicted_path(fit, [[0.3, 0.1], [2.0, 0.1]], [7, 30])
    ratio = np.exp(1.7 * fit.coefficients[0])
    late = moving.times > 7
    np.testing.assert_allclose(moving.hazard[late], ratio * curve.hazard[late], rtol=1e-12)
