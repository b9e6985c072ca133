"""Cox models small enough to solve on paper (Therneau & Grambsch 2000, appendix E)."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import brentq

from analysis.survival.cox_regression.model import cox
from analysis.survival.cox_regression.residuals import martingale_residuals

# Therneau & Grambsch E.1: six people, one tie.
TIME = [1, 1, 6, 6, 8, 9]
EVENT = [1, 0, 1, 1, 0, 1]
X = np.array([[1.0], [1], [1], [0], [0], [0]])


def log_likelihood_breslow(beta: float) -> float:
    r = np.exp(beta)
    return 2 * beta - np.log(3 * r + 3) - 2 * np.log(r + 3)


def log_likelihood_efron(beta: float) -> float:
    r = np.exp(beta)
    return 2 * beta - np.log(3 * r + 3) - np.log((r + 5) / 2) - np.log(r + 3)


def test_breslow_maximum_is_the_root_of_the_published_quadratic():
    fit = cox(X, TIME, EVENT, ties="breslow")
    r = (3 + np.sqrt(33)) / 2  # U(β) = 0 for Breslow
    assert fit.coefficients[0] == pytest.approx(np.log(r), abs=1e-12)
    information = r / (r + 1) ** 2 + 6 * r / (r + 3) ** 2
    assert fit.covariance[0, 0] == pytest.approx(1 / information, rel=1e-12)
    assert fit.log_likelihood[0] == pytest.approx(log_likelihood_breslow(0), abs=1e-12)
    assert fit.log_likelihood[1] == pytest.approx(log_likelihood_breslow(np.log(r)), abs=1e-12)


def test_efron_maximum_is_the_root_of_the_published_cubic():
    fit = cox(X, TIME, EVENT, ties="efron")
    # U = 2 - r/(r+1) - r/(r+3) - r/(r+5) = 0  <=>  r³ - 23 r - 30 = 0
    r = max(np.roots([1, 0, -23, -30]).real)
    assert fit.coefficients[0] == pytest.approx(np.log(r), abs=1e-12)
    information = r / (r + 1) ** 2 + 3 * r / (r + 3) ** 2 + 5 * r / (r + 5) ** 2
    assert fit.covariance[0, 0] == pytest.approx(1 / information, rel=1e-12)
    assert fit.log_likelihood[1] == pytest.approx(log_likelihood_efron(np.log(r)), abs=1e-12)


def test_breslow_and_efron_agree_without_ties_and_with_late_entry():
    start, stop = [0, 1, 2, 0, 3], [4, 5, 6, 7, 8]
    x, event = np.array([[0.0], [1], [3], [1], [2]]), [1, 1, 1, 0, 1]
    fits = [cox(x, stop, event, start=start, ties=t) for t in ("efron", "breslow")]
    assert fits[0].coefficients == pytest.approx(fits[1].coefficients, abs=1e-14)


def test_entry_at_an_event_time_is_not_at_risk():
    # the second row enters at 3, where the first has its event: one at risk, no information there
    fit = cox([[1.0], [0], [1], [0]], [3, 6, 5, 7], [1, 0, 1, 0], start=[0, 3, 3, 3])
    alone = cox([[0.0], [1], [0]], [6, 5, 7], [0, 1, 0])
    assert fit.status == alone.status == "not_estimable"
    assert fit.reason == alone.reason == "monotone likelihood in column 0"


def root_and_curvature(n_events_x: float, terms: list[tuple[float, list[float]]]):
    """Maximum of ``n β - Σ w log(polynomial in r = e^β)``, with coefficients from r⁰ up."""

    def moments(beta: float, coefficients: list[float]) -> tuple[float, float]:
        weight = np.asarray(coefficients) * np.exp(beta * np.arange(len(coefficients)))
        power = np.arange(len(coefficients))
        mean = weight @ power / weight.sum()
        return mean, weight @ power**2 / weight.sum() - mean**2

    def slope(beta: float) -> float:
        return n_events_x - sum(w * moments(beta, c)[0] for w, c in terms)

    beta = brentq(slope, -3, 3, xtol=1e-15, rtol=1e-15)
    value = n_events_x * beta - sum(w * np.log(np.polyval(c[::-1], np.exp(beta))) for w, c in terms)
    return beta, sum(w * moments(beta, c)[1] for w, c in terms), value


def assert_is(fit, expected):
    beta, information, value = expected
    assert fit.coefficients[0] == pytest.approx(beta, abs=1e-12)
    assert fit.covariance[0, 0] == pytest.approx(1 / information, rel=1e-12)
    assert fit.log_likelihood[1] == pytest.approx(value, abs=1e-12)


# Therneau & Grambsch E.2: ten start-stop intervals, a tie at day 9 of five at risk.
START_STOP = {
    "start": [1, 2, 5, 2, 1, 7, 3, 4, 8, 8],
    "stop": [2, 3, 6, 7, 8, 9, 9, 9, 14, 17],
    "event": [1, 1, 1, 1, 1, 1, 1, 0, 0, 0],
    "X": np.array([[1.0, 0, 0, 1, 0, 1, 1, 1, 0, 0]]).T,
}
BEFORE_NINE = [(1, [1, 1]), (1, [2, 1]), (1, [2, 3]), (2, [1, 3])]


def test_start_stop_breslow():
    expected = root_and_curvature(4, [*BEFORE_NINE, (2, [2, 3])])
    assert expected[0] == pytest.approx(-0.084526081, abs=1e-9)
    assert_is(cox(**START_STOP, ties="breslow"), expected)


def test_start_stop_efron():
    # at day 9 the two tied have x = 1: the second step counts them one half
    expected = root_and_curvature(4, [*BEFORE_NINE, (1, [2, 3]), (1, [2, 2])])
    assert_is(cox(**START_STOP), expected)


# Therneau & Grambsch E.3: weights, three tied events of weights 3, 4 and 3 at day 2.
WEIGHTED = {
    "stop": [1, 1, 2, 2, 2, 2, 3, 4, 5],
    "event": [1, 0, 1, 1, 1, 0, 0, 1, 0],
    "X": np.array([[2.0, 0, 1, 1, 0, 1, 0, 1, 0]]).T,
    "weights": [1, 2, 3, 4, 3, 2, 1, 2, 1],
}


def test_weights_breslow():
    expected = root_and_curvature(11, [(1, [7, 11, 1]), (10, [5, 11]), (2, [1, 2])])
    assert expected[0] == pytest.approx(0.85955744, abs=1e-8)
    assert_is(cox(**WEIGHTED, ties="breslow"), expected)


def test_weights_efron():
    tied = [(10 / 3, [5 - 3 * j / 3, 11 - 7 * j / 3]) for j in range(3)]
    expected = root_and_curvature(11, [(1, [7, 11, 1]), *tied, (2, [1, 2])])
    assert expected[0] == pytest.approx(0.87260425, abs=1e-8)
    assert_is(cox(**WEIGHTED), expected)


def test_martingale_residuals_at_zero_are_events_less_nelson_aalen():
    # a covariate without effect by symmetry: β̂ = 0
    fit = cox([[1.0], [0], [1], [0]], [1, 1, 2, 2], [1, 1, 1, 1], ties="breslow")
    assert fit.coefficients[0] == pytest.approx(0, abs=1e-14)
    assert martingale_residuals(fit) == pytest.approx([1 / 2, 1 / 2, -1 / 2, -1 / 2], abs=1e-14)


def test_firth_of_one_binary_covariate_without_events_on_one_side():
    # one event at x = 1 of a at risk with x = 1 and b with x = 0: ℓ* has its maximum where
    # 1 - p + (1 - 2 p) / 2 = 0 with p = a r / (a r + b): p = 3/4
    a, b = 3, 2
    x = np.array([[1.0]] * a + [[0.0]] * b)
    fit = cox(x, [1] * (a + b), [1] + [0] * (a + b - 1), penalty="firth")
    assert fit.coefficients[0] == pytest.approx(np.log(3 * b / a), abs=1e-10)
    assert fit.reason == "monotone likelihood in column 0 without the penalty"
