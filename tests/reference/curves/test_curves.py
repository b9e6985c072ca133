"""Curves and restricted means against survival and etm in R."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.survival.curves.aalen_johansen import aalen_johansen
from analysis.survival.curves.nelson_aalen import nelson_aalen
from analysis.survival.curves.product_limit import kaplan_meier
from analysis.survival.curves.restricted_mean import restricted_mean, time_lost
from tests.reference.curves.make_data import everything
from tests.reference.r_scripts import assert_same, regenerated, stored

HERE = Path(__file__).parent
R = stored(HERE, "curves", "curves.csv")
DATA = pd.read_csv(HERE / "curves.csv")
SETS = R["sets"]
COMPETING = [name for name, answers in SETS.items() if answers["competing"]]


def rows(name: str) -> pd.DataFrame:
    return DATA[DATA["set"] == name]


def common(table: pd.DataFrame) -> dict[str, pd.Series]:
    return {"start": table["start"], "weights": table["weight"], "id": table["id"]}


def close(ours, theirs, rtol=1e-10):
    """Where R has a number; it has none for a standard error or a limit where S is 0."""
    theirs = np.array(theirs, dtype=float)
    known = np.isfinite(theirs)
    assert known.any()
    np.testing.assert_allclose(np.asarray(ours)[known], theirs[known], rtol=rtol, atol=1e-14)


@pytest.mark.parametrize("name", SETS)
def test_kaplan_meier(name):
    table, r = rows(name), SETS[name]["single"]
    event = table["cause"] > 0
    ours = kaplan_meier(table["stop"], event, **common(table)).at(r["time"])
    close(ours.n_risk, r["n_risk"], 1e-12)
    close(ours.estimate, r["survival"])
    close(ours.std_error, r["std_error"])
    curve = kaplan_meier(table["stop"], event, conf="log", **common(table))
    seen = np.array(r["time"]) >= curve.times[0]  # R also prints boundaries between rows of one id
    logarithmic = curve.at(np.array(r["time"])[seen])
    close(logarithmic.lower, np.array(r["log_lower"], dtype=float)[seen])
    close(logarithmic.upper, np.array(r["log_upper"], dtype=float)[seen])
    if event.any():
        close(ours.lower, r["lower"])
        close(ours.upper, r["upper"])


@pytest.mark.parametrize("name", SETS)
def test_nelson_aalen(name):
    table, r = rows(name), SETS[name]["single"]
    ours = nelson_aalen(table["stop"], table["cause"] > 0, **common(table)).at(r["time"])
    close(ours.estimate, r["hazard"])
    close(ours.std_error, r["hazard_se"])


@pytest.mark.parametrize("name", [n for n in COMPETING if "jackknife" in SETS[n]["competing"]])
def test_aalen_johansen_jackknife(name):
    table, r = rows(name), SETS[name]["competing"]
    curve = aalen_johansen(table["stop"], table["cause"], variance="jackknife", **common(table))
    assert curve.causes.tolist() == r["causes"]
    ours = curve.at(r["time"])
    if (table["weight"] == 1).all():  # this version of survfit counts rows, not weights, here
        close(ours.n_risk, r["n_risk"], 1e-12)
    close(ours.estimate, r["incidence"])
    close(ours.std_error, r["jackknife"])


@pytest.mark.parametrize("name", [n for n in COMPETING if "etm" in SETS[n]["competing"]])
def test_aalen_johansen_greenwood(name):
    table, r = rows(name), SETS[name]["competing"]["etm"]
    ours = aalen_johansen(table["stop"], table["cause"], **common(table)).at(r["time"])
    theirs = np.reshape(r["incidence"], ours.estimate.shape)
    close(ours.estimate, theirs)
    close(ours.std_error**2, np.reshape(r["variance"], ours.estimate.shape))


def test_the_two_variances_differ_under_late_entry_only():
    for name, differ in [("ties", False), ("late_entry_ties", True)]:
        table = rows(name)
        pair = [
            aalen_johansen(table["stop"], table["cause"], variance=v, **common(table)).std_error
            for v in ("greenwood", "jackknife")
        ]
        assert (np.abs(pair[0] - pair[1]).max() > 1e-4) == differ


@pytest.mark.parametrize("name", SETS)
def test_restricted_mean(name):
    table, r = rows(name), SETS[name]["single"]
    curve = kaplan_meier(table["stop"], table["cause"] > 0, **common(table))
    ours = restricted_mean(curve, R["horizon"])
    close(ours.estimate, [r["rmean"]])
    if table["cause"].any():
        close(ours.std_error, [r["rmean_se"]])


@pytest.mark.parametrize("name", [n for n in COMPETING if "lost" in SETS[n]["competing"]])
def test_time_lost(name):
    table, r = rows(name), SETS[name]["competing"]
    curve = aalen_johansen(table["stop"], table["cause"], **common(table))
    ours = time_lost(curve, R["horizon"])
    close(ours.estimate, r["lost"])
    close(ours.std_error, r["lost_se"])


def test_data_are_those_of_the_seeds():
    pd.testing.assert_frame_equal(everything().reset_index(drop=True), DATA)


@pytest.mark.needs_r
def test_r_says_the_same_again(tmp_path):
    assert_same(regenerated(HERE, "curves", "curves.csv", tmp_path), R, 1e-9)
