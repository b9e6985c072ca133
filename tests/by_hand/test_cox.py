"""Cox models small enough to solve on paper (Therneau & Grambsch 2000, appendix E)."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.survival.cox import cox

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
