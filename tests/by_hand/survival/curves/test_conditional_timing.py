"""Shares and quantiles of onsets by a horizon: closed forms where nobody is censored."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.survival.curves.aalen_johansen import aalen_johansen
from analysis.survival.curves.conditional_timing import conditional_quantile, conditional_share


def test_without_censoring_it_is_a_binomial_share_of_those_with_the_event() -> None:
    # Causes 1 at 1, 2, 3, 4 and 6; cause 2 at 2 and 5: of four by 5, one by 1.
    curve = aalen_johansen([1, 2, 3, 4, 6, 2, 5], [1, 1, 1, 1, 1, 2, 2])
    found = conditional_share(curve, 1, 5, 1)
    assert found.estimate == pytest.approx(1 / 4, rel=1e-14)
    assert found.std_error == pytest.approx(np.sqrt(1 / 4 * 3 / 4 / 4), rel=1e-12)
    odds, half = np.log(1 / 3), 1.959963984540054 * np.sqrt(1 / 1 + 1 / 3)
    assert found.lower == pytest.approx(1 / (1 + np.exp(-(odds - half))), rel=1e-10)
    assert found.upper == pytest.approx(1 / (1 + np.exp(-(odds + half))), rel=1e-10)
    assert (found.n_event, found.n_by_horizon) == (1, 4)


def test_late_entry_by_hand() -> None:
    # At risk: 3 on day 1 (one onset), 3 on day 3 (one onset), 2 on day 5 (one death), 1 on 6.
    curve = aalen_johansen([1, 3, 5, 6], [1, 1, 2, 1], start=[0, 0, 0, 2])
    early, late = 1 / 3, 1 / 3 + 2 / 3 * 1 / 3
    found = conditional_share(curve, 2, 4, 1)
    assert found.estimate == pytest.approx(early / late, rel=1e-14)
    # G = h1 / (h1 + (1 - h1) h2), h1 = h2 = 1/3, each with variance h (1 - h) / 3.
    gradient = np.array([1 / 3, -1 / 3 * 2 / 3]) / late**2
    assert found.std_error == pytest.approx(np.sqrt((gradient**2).sum() * 2 / 27), rel=1e-12)


def test_none_or_all_early_has_the_exact_binomial_limit() -> None:
    curve = aalen_johansen([3, 4, 5], [1, 1, 2])
    none, every = conditional_share(curve, 2, 5, 1), conditional_share(curve, 4, 5, 1)
    assert (none.estimate, none.lower, none.status) == (0, 0, "flagged")
    assert none.upper == pytest.approx(1 - 0.025 ** (1 / 2))
    assert (every.estimate, every.upper) == (1, 1)
    assert every.lower == pytest.approx(0.025 ** (1 / 2))


def test_no_event_by_the_horizon_is_a_status() -> None:
    curve = aalen_johansen([3, 4], [2, 1])
    assert conditional_share(curve, 1, 3, 1).status == "not_estimable"
    assert conditional_quantile(curve, 0.5, 3, 1).status == "not_estimable"


def test_a_quantile_is_the_first_time_that_reaches_it() -> None:
    curve = aalen_johansen([1, 2, 3, 4, 6, 2, 5], [1, 1, 1, 1, 1, 2, 2])
    found = [conditional_quantile(curve, q, 5, 1).estimate for q in (0.25, 0.5, 0.75, 0.8)]
    assert found == [1, 2, 3, 4]


def test_limits_of_a_quantile_without_censoring() -> None:
    # 100 onsets on days 1 to 100: T(t) = t/100 - 1/2 with se sqrt(x(1-g)^2 + (m-x)g^2 - m T^2)/m.
    curve = aalen_johansen(np.arange(1.0, 101), np.ones(100))
    found = conditional_quantile(curve, 0.5, 100, 1)
    days = np.arange(1.0, 101)
    contrast = days / 100 - 0.5
    error = np.sqrt((days * 0.25 + (100 - days) * 0.25) / 100**2 - contrast**2 / 100)
    z = 1.959963984540054
    assert found.estimate == 50
    assert found.lower == days[contrast + z * error >= 0][0]
    assert found.upper == days[contrast - z * error > 0][0]


def test_arguments_are_checked() -> None:
    curve = aalen_johansen([1, 2], [1, 2])
    with pytest.raises(ValueError, match="time"):
        conditional_share(curve, 3, 2, 1)
    with pytest.raises(ValueError, match="cause"):
        conditional_share(curve, 1, 2, 3)
    with pytest.raises(ValueError, match="q must"):
        conditional_quantile(curve, 1.0, 2, 1)
