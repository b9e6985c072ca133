"""Small risk sets among many event times: every digit, nothing is subtracted."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from analysis.survival.risk_set_sums import risk_sets


def three_before_many(spread: float) -> tuple[np.ndarray, ...]:
    """Three at risk early with scores near exp(-spread), then thousands up to exp(spread)."""
    rng = np.random.default_rng(2)
    n = 4000
    x = rng.uniform(-spread, spread, n)
    start = rng.uniform(100, 130, n)
    stop = start + rng.exponential(50, n)
    x[:3], start[:3], stop[:3] = -spread + np.array([0.1, 0.4, 0.2]), 0.0, [20, 50, 80]
    return x, start, stop


@pytest.mark.parametrize("spread", [3.0, 7.5, 40.0])
def test_small_early_risk_sets_are_exact(spread):
    x, start, stop = three_before_many(spread)
    everyone = np.ones(len(x), np.int64)
    sets = risk_sets.risk_sets(start, stop, everyone, np.zeros(len(x), np.int64))
    rows = risk_sets.padded(x[sets.order, None])
    total = risk_sets.row_sums(sets, rows, np.exp(x)[sets.order])
    scores = [Fraction(float(v)) for v in np.exp(x[:3])]
    exact = [sum(scores[k:]) for k in range(3)]
    np.testing.assert_allclose(total[:3, 0], [float(e) for e in exact], rtol=1e-15)
    exact_x = [sum(s * Fraction(float(v)) for s, v in zip(scores, x[:3], strict=True))]
    np.testing.assert_allclose(total[0, 1], float(exact_x[0]), rtol=1e-14)
