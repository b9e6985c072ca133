"""The truth of "through every stage": the same people, with and without the stages between."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from analysis.estimates.how_common.denominators import registry
from analysis.estimates.how_common.prevalence_definitions import PrevalenceCounter
from analysis.simulate.people import ordinal
from analysis.simulate.pilot import simulate_block
from analysis.survival.curves.aalen_johansen import aalen_johansen
from benchmarks.coverage import large_population as large
from benchmarks.coverage.through_stages import staged

PEOPLE, SEED = 2_500, 88


@pytest.mark.parametrize(("scenario", "share"), [("A", 0.0), ("D", 0.004)])
def test_the_stages_find_the_people_of_the_simulator(
    scenario: str, share: float, tmp_path: Path
) -> None:
    """Entry, exit and state of everyone, and who is counted on the date; ``share``: spoilt rows."""
    found = staged(tmp_path, scenario, PEOPLE, SEED)
    setting = large.setting_of(scenario, SEED)
    rng = np.random.default_rng(np.random.SeedSequence([SEED, 0]))
    block = simulate_block(rng, (0, PEOPLE), setting)
    date = max(found.study.prevalence.point_dates)
    true = large.followed(block, setting.window.end, ordinal(date))
    assert abs(len(found.people) - len(true.start)) <= share * PEOPLE
    theirs = found.people[["entry", "exit", "state"]].astype(int)
    theirs["state"] = theirs["state"].clip(upper=2)
    ours = Counter(zip(true.start.tolist(), true.stop.tolist(), true.state.tolist(), strict=True))
    ours.subtract(theirs.itertuples(index=False, name=None))
    assert sum(abs(n) for n in ours.values()) <= 2 * share * PEOPLE
    counted = PrevalenceCounter(registry(found), "+".join(found.study.outcome.tiers)).point(date)
    assert abs(counted.people - true.counted) <= share * PEOPLE
    assert abs(counted.cases - true.cases) <= share * PEOPLE / 4


def test_the_incidence_of_the_truth_is_that_of_aalen_and_johansen() -> None:
    rng = np.random.default_rng(3)
    start = rng.integers(90, 900, 400)
    stop = start + rng.integers(1, 4000, 400)
    state = rng.integers(0, 3, 400)
    ours = large.incidence([large.People(start, stop, state, 1, 0)])
    theirs = aalen_johansen(stop, state, start=start, causes=[1, 2])
    days = np.array([100.0, 500.0, 1826.0, 3652.0])
    # the earliest days may empty the risk set: both then stay as they are
    np.testing.assert_allclose(ours[days.astype(int)], theirs.at(days).estimate[:, 0], atol=1e-12)


def test_two_pieces_are_the_people_of_both() -> None:
    one = large.People(np.array([90]), np.array([500]), np.array([1]), 1, 0)
    two = large.People(np.array([90]), np.array([700]), np.array([2]), 1, 1)
    curve = large.incidence([one, two])
    assert (curve[499], curve[500], curve[large.HORIZON]) == (0.0, 0.5, 0.5)
    truth = large.truth_of([one, two], curve, 1.0)
    assert (truth.prevalence, truth.quartiles) == (0.5, (500.0, 500.0, 500.0))
