"""Curves of the shared data packs, read where they are: 4D (Germany), haemodialysis in Rio."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.survival.curves.aalen_johansen import aalen_johansen
from analysis.survival.curves.product_limit import kaplan_meier
from tests.reference.r_scripts import assert_same, regenerated, stored

HERE = Path(__file__).parent
SHARED = HERE.parents[2] / "shared" / "data"
FOUR_D = SHARED / "four_d" / "four_d.csv"
RIO = SHARED / "rio_dialysis" / "rio_dialysis.csv"

pytestmark = pytest.mark.needs_shared
needs_four_d = pytest.mark.skipif(not FOUR_D.exists(), reason="the four_d pack is absent")
needs_rio = pytest.mark.skipif(not RIO.exists(), reason="the rio_dialysis pack is absent")


@needs_four_d
def test_four_d_incidence_is_that_of_survival_and_etm():
    r = stored(HERE, "four_d_curves", str(FOUR_D))
    table = pd.read_csv(FOUR_D)
    plain = aalen_johansen(table["time"], table["status"]).at(r["years"])
    robust = aalen_johansen(table["time"], table["status"], variance="jackknife").at(r["years"])
    np.testing.assert_allclose(plain.estimate, r["incidence"], rtol=1e-8)
    np.testing.assert_allclose(plain.estimate, r["etm"], rtol=1e-8)
    np.testing.assert_allclose(plain.std_error**2, r["etm_variance"], rtol=1e-8)
    np.testing.assert_allclose(robust.std_error, r["jackknife"], rtol=1e-8)


@needs_four_d
@pytest.mark.needs_r
def test_r_says_the_same_of_four_d_again(tmp_path):
    again = regenerated(HERE, "four_d_curves", str(FOUR_D), tmp_path)
    assert_same(again, stored(HERE, "four_d_curves", str(FOUR_D)), 1e-9)


@needs_rio
def test_rio_survival_since_the_start_of_dialysis():
    table = pd.read_csv(RIO)
    curve = kaplan_meier(table["time"], table["event"])
    assert np.round(curve.at([12, 24]).estimate, 3).tolist() == [0.786, 0.702]


@needs_rio
def test_rio_survival_in_calendar_time_with_late_entry():
    table = pd.read_csv(RIO)
    curve = kaplan_meier(table["end"], table["event"], start=table["begin"])
    assert np.round(curve.at([12, 24]).estimate, 3).tolist() == [0.802, 0.644]
    assert curve.n_enter.sum() == len(table)
