"""Gray's test against cmprsk in R."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.survival.curves.gray import gray
from tests.reference.r_scripts import assert_same, regenerated, stored

HERE = Path(__file__).parent
R = stored(HERE, "gray", "curves.csv")
DATA = pd.read_csv(HERE / "curves.csv")


@pytest.mark.parametrize("name", R["sets"])
@pytest.mark.parametrize("cause", [1, 2])
def test_gray(name, cause):
    table, r = DATA[DATA["set"] == name], R["sets"][name]
    arguments = (table["stop"], table["cause"])
    ours = {
        "all": gray(*arguments, table["group"], cause_of_interest=cause),
        "stratified": gray(
            *arguments, table["group"], strata=table["stratum"], cause_of_interest=cause
        ),
        "two_groups": gray(*arguments, table["group"] == 1, cause_of_interest=cause),
    }
    for key, test in ours.items():
        np.testing.assert_allclose(test.statistic, r[key][cause - 1], rtol=1e-10)
        assert test.degrees_of_freedom == (1 if key == "two_groups" else 2)


@pytest.mark.needs_r
def test_r_says_the_same_of_gray_again(tmp_path):
    assert_same(regenerated(HERE, "gray", "curves.csv", tmp_path), R, 1e-9)
