"""A smoothed hazard: the kernel by hand, its boundaries, and a flat hazard found flat."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.survival.curves.kernel_hazard import default_bandwidth, kernel_hazard, kernel_weights


def test_one_event_is_the_kernel_itself() -> None:
    # Four at risk on day 50: increment 1/4; at 45 and 50 with width 10: 3/4 (1 - z^2) / 10 / 4.
    found = kernel_hazard([50, 90, 90, 90], [1, 0, 0, 0], [45, 50], limits=(0, 100), bandwidth=10)
    np.testing.assert_allclose(found.estimate, [0.75 * 0.75 / 40, 0.75 / 40], rtol=1e-14)
    np.testing.assert_allclose(found.std_error, found.estimate, rtol=1e-14)
    np.testing.assert_allclose(found.upper, found.estimate * np.exp(1.959963984540054), rtol=1e-12)
    assert found.n_risk.tolist() == [4, 4]


def test_less_than_one_event_has_no_limits() -> None:
    # At the boundary the kernel is 6 (1 - u)(1 - 2u): 0.72 at 0.4, -0.48 at 0.6; 10 and 9 at risk.
    stop, event = [0.4, 0.6, *[0.8] * 8], [1, 1, *[0] * 8]
    found = kernel_hazard(stop, event, [0.0], limits=(0, 2), bandwidth=1)
    assert found.estimate == pytest.approx([0.072 - 0.48 / 9])
    assert found.std_error == pytest.approx([np.hypot(0.072, 0.48 / 9)])
    assert 0 < found.n_effective[0] < 0.1
    assert np.isnan([found.lower, found.upper]).all()


@pytest.mark.parametrize("t", [0.0, 3.0, 10.0, 50.0, 95.0, 100.0])
def test_near_a_boundary_the_kernel_still_holds_one_and_its_middle(t: float) -> None:
    u = np.linspace(0, 100, 200_001)
    weight = kernel_weights(np.array([t]), u, (0.0, 100.0), 10.0)[0] / 10
    assert np.trapezoid(weight, u) == pytest.approx(1, abs=1e-4)
    assert np.trapezoid(weight * (u - t), u) == pytest.approx(0, abs=1e-3)


def test_a_flat_hazard_is_flat_with_late_entry() -> None:
    random = np.random.default_rng(11)
    start = random.uniform(0, 800, 40_000)
    stop = start + random.exponential(1000, 40_000)
    found = kernel_hazard(
        np.minimum(stop, 1000),
        stop < 1000,
        [0, 100, 500, 1000],
        limits=(0, 1000),
        start=start,
        bandwidth=100,
    )
    inside = found.estimate[1:]
    assert np.all(np.abs(inside - 1e-3) < 4 * found.std_error[1:])


def test_the_default_width_narrows_with_events() -> None:
    assert default_bandwidth(0, 100, 32) == 25
    assert default_bandwidth(0, 100, 0) == 50


def test_without_events_there_is_a_reason() -> None:
    found = kernel_hazard([5.0], [0], [1.0], limits=(0, 10))
    assert found.status == "not_estimable"
    assert "no event" in found.reason


def test_arguments_are_checked() -> None:
    with pytest.raises(ValueError, match=r"times\[1\]"):
        kernel_hazard([5.0], [1], [1.0, 11], limits=(0, 10))
    with pytest.raises(ValueError, match="bandwidth"):
        kernel_hazard([5.0], [1], [1.0], limits=(0, 10), bandwidth=6)
    with pytest.raises(ValueError, match="limits"):
        kernel_hazard([5.0], [1], [1.0], limits=(10, 0))
