"""Constant hazards against msm in R: panel data with exact death times."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.survival.illness_death_model.likelihood import illness_death_likelihood
from analysis.survival.illness_death_model.model import illness_death
from analysis.survival.illness_death_model.people import illness_death_people
from tests.reference.r_scripts import assert_same, regenerated, stored

HERE = Path(__file__).parent
R = stored(HERE, "illness_death", "seen.csv")
data = pd.read_csv(HERE / "seen.csv").fillna({"high": np.inf})
columns = (data["low"], data["high"], data["exit"], data["died"])
people = illness_death_people(*columns, entry=data["entry"], free_at_entry=None, weights=None)
likelihood = illness_death_likelihood(people, np.eye(6))


def constant(rates):
    return np.column_stack([np.log(rates), np.ones(3)]).ravel()


def test_the_data_hold_every_kind_of_history():
    seen, died = people.seen, people.exit_state == 1
    for kind in (seen & died, seen & ~died, ~seen & died, ~seen & ~died, people.entry > 0):
        assert kind.sum() >= 30
    assert ((people.last_negative == people.entry) & ~seen).sum() >= 30
    # msm has one state a day: a look on the day of death would be lost to it.
    assert (people.last_negative[died] < people.exit[died]).all()
    assert (people.first_positive[died & seen] < people.exit[died & seen]).all()


@pytest.mark.parametrize("which", range(3))
def test_log_likelihood(which):
    found = likelihood.evaluate(constant(R["rates"][which])).log_likelihood
    assert found == pytest.approx(R["log_likelihood"][which], abs=1e-7)


def test_maximum_and_standard_errors_with_shapes_held_at_one():
    """Where msm's optimiser stopped, one Newton step away at most from where the score is zero."""
    here = likelihood.evaluate(constant(R["estimates"]))
    assert here.log_likelihood == pytest.approx(R["maximum"], abs=1e-7)
    information = here.information[::2, ::2]
    step = np.linalg.solve(information, here.score[::2])
    np.testing.assert_allclose(step, 0, atol=1e-5)
    error = np.sqrt(np.diag(np.linalg.inv(information)))
    np.testing.assert_allclose(error, R["std_error"], rtol=1e-4)


def test_weibull_transitions_fit_at_least_as_well_and_shapes_are_near_one():
    found = illness_death(*columns, entry=data["entry"], after_onset="own")
    assert found.status == "ok"
    gain = found.log_likelihood - R["maximum"]
    assert 0 <= gain < 8.1  # half the chi-square on 3 degrees of freedom at 0.001
    assert (np.abs(found.coefficients[1::2] - 1) < 3.3 * found.std_error[1::2]).all()


@pytest.mark.needs_r
def test_r_still_says_the_same(tmp_path):
    again = regenerated(HERE, "illness_death", "seen.csv", tmp_path)
    assert_same(R, again, rtol=1e-6)
