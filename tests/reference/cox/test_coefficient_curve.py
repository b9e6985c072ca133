"""The curve of a coefficient over time against what R's plot.cox.zph draws."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.survival.cox_regression.model import cox
from analysis.survival.cox_regression.proportional_hazards import coefficient_curve
from tests.reference.r_scripts import assert_same, regenerated, stored

HERE = Path(__file__).parent
R = stored(HERE, "coefficient_curve", "data.csv")["results"]
DATA = pd.read_csv(HERE / "data.csv")


def fitted(name: str):
    rows = DATA[DATA["set"] == name]
    x = [c for c in rows.columns if c.startswith("x") and rows[c].notna().all()]
    columns = {"start": "start", "strata": "stratum"}
    given = {a: rows[c].to_numpy() for a, c in columns.items() if rows[c].notna().all()}
    return cox(rows[x], rows["stop"], rows["event"], **given)


@pytest.mark.parametrize("transform", ["identity", "km"])
@pytest.mark.parametrize("name", list(R))
def test_the_curve_is_that_of_r(name, transform):
    ours, expected = coefficient_curve(fitted(name), 0, transform=transform, points=20), R[name]
    expected = expected[transform]
    np.testing.assert_allclose(ours.x, expected["x"], rtol=1e-12)
    np.testing.assert_allclose(ours.estimate, expected["estimate"], rtol=1e-8, atol=1e-10)
    np.testing.assert_allclose(ours.std_error, expected["std_error"], rtol=1e-8)
    reach = 1.959963984540054 * np.array(expected["std_error"])
    np.testing.assert_allclose(ours.upper - ours.estimate, reach, rtol=1e-8)
    np.testing.assert_allclose(ours.estimate - ours.lower, reach, rtol=1e-8)


def test_a_coefficient_that_grows_is_seen_to_grow():
    """Effect 0 until 10, 2 after: hazards 0.05, and 0.05 exp(2 x) from then on."""
    rng = np.random.default_rng(31)
    x, spent = rng.integers(0, 2, 4000), rng.exponential(1, 4000)
    early = spent / 0.05
    stop = np.where(early <= 10, early, 10 + (spent - 0.5) / (0.05 * np.exp(2 * x)))
    fit = cox(x[:, None], np.minimum(stop, 40), (stop <= 40).astype(int))
    curve = coefficient_curve(fit, 0, transform="identity")
    before, after = curve.x < 6, (curve.x > 14) & (curve.x < 25)
    assert np.abs(curve.estimate[before]).mean() < 0.5
    assert np.abs(curve.estimate[after] - 2).mean() < 0.5


def test_more_bends_than_event_times_are_not_estimable():
    fit = cox([[0.0], [1], [0], [1]], [1, 1, 2, 2], [1, 1, 1, 1])
    curve = coefficient_curve(fit, 0, transform="identity")
    assert (curve.status, len(curve.estimate)) == ("not_estimable", 0)
    assert "df is 4" in curve.reason


@pytest.mark.needs_r
def test_r_still_says_the_same(tmp_path):
    again = regenerated(HERE, "coefficient_curve", "data.csv", tmp_path)
    assert_same(again, stored(HERE, "coefficient_curve", "data.csv"), 1e-9)
