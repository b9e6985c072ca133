"""How soon against survival, etm, prodlim and Epi in R, and R code of its own."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.estimates.how_soon.person_time_by import by_era
from analysis.estimates.how_soon.starting_time import AtRiskPeriods, from_day
from analysis.survival.curves.aalen_johansen import aalen_johansen
from analysis.survival.curves.conditional_timing import conditional_quantile, conditional_share
from analysis.survival.curves.kernel_hazard import kernel_hazard
from analysis.survival.curves.quasi_independence import conditional_kendall
from tests.reference.r_scripts import assert_same, regenerated, stored

HERE = Path(__file__).parent
R = stored(HERE, "onset", "onset.csv")
DATA = pd.read_csv(HERE / "onset.csv").astype(float)
HORIZON, EARLY, SINCE, HORIZONS = 1825.0, 450.0, 200.0, [365, 1095, 1825]
WHOLE = aalen_johansen(DATA["stop"], DATA["cause"], start=DATA["start"], causes=[1, 2])


def close(ours, theirs, rtol=1e-8):
    np.testing.assert_allclose(ours, theirs, rtol=rtol, atol=1e-15)


def test_the_curve_from_a_later_day_is_that_of_three_packages() -> None:
    arrays = (DATA[name].to_numpy() for name in ("start", "stop", "cause"))
    start, stop, state, _ = from_day(SINCE, *arrays)
    at = aalen_johansen(stop, state, start=start, causes=[1, 2]).at(HORIZONS)
    close(at.estimate[:, 0], R["prodlim"])
    close(at.estimate[:, 0], R["survival"])
    close(at.estimate[:, 0], [one["onset"] for one in R["etm"]])
    close(at.estimate[:, 1], [one["death"] for one in R["etm"]])
    close(at.std_error[:, 0], [one["onset_se"] for one in R["etm"]])


def test_share_by_a_day() -> None:
    ours = conditional_share(WHOLE, EARLY, HORIZON, 1)
    close(ours.estimate, R["share"]["estimate"])
    close(ours.std_error, R["share"]["std_error"])  # R: a numerical gradient


@pytest.mark.parametrize("expected", R["quantiles"], ids=lambda row: str(row["q"]))
def test_quantiles(expected: dict) -> None:
    ours = conditional_quantile(WHOLE, expected["q"], HORIZON, 1)
    assert (ours.estimate, ours.lower, ours.upper) == tuple(
        expected[name] for name in ("estimate", "lower", "upper")
    )


def test_kernel_hazard() -> None:
    expected = R["kernel"]
    ours = kernel_hazard(
        DATA["stop"],
        DATA["cause"] == 1,
        expected["times"],
        limits=(90, 2000),
        start=DATA["start"],
        bandwidth=300,
    )
    close(ours.estimate, expected["estimate"])
    close(ours.std_error, expected["std_error"])


def test_conditional_tau() -> None:
    ours = conditional_kendall(DATA["start"], DATA["stop"], DATA["cause"] == 1)
    close([ours.tau, ours.n_pairs, ours.z], [R["tau"][name] for name in ("tau", "pairs", "z")])


@pytest.mark.needs_r
def test_r_still_says_so(tmp_path: Path) -> None:
    assert_same(regenerated(HERE, "onset", "onset.csv", tmp_path), R, 1e-8)


def test_time_and_onsets_by_era_are_those_of_epi() -> None:
    whole = AtRiskPeriods(
        np.arange(len(DATA)),
        *(DATA[n].to_numpy() for n in ("start", "stop")),
        DATA["cause"].to_numpy().astype(int),
        0.0,
        True,
    )
    split = by_era(whole, DATA["origin"].to_numpy(), np.array([0.0, 730, 1460]), list("abcd"))
    days = [(split.stop - split.start)[split.level == level].sum() for level in "abcd"]
    onsets = [(split.state[split.level == level] == 1).sum() for level in "abcd"]
    close(days, R["by_era"]["days"])
    close(onsets, R["by_era"]["onsets"])
