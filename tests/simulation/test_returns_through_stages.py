"""Scenario A where only death competes: onsets of all at-risk periods are those that the simulator
expects.

People return after a failed graft and after recovery. Each onset less its cumulative hazard while
followed, first period and second, is a martingale; without the second period the onsets fall short
of the expectation by what the simulator spent there. The seed was fixed before the first run.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from scipy.stats import norm
from simulated_registry import simulated, study_of

from analysis import cohort, ingest
from analysis.estimates.inputs.cohort_tables import read_cohort

SEED = 7011


def test_onsets_of_all_periods_are_as_many_as_expected(tmp_path: Path) -> None:
    study = study_of("scenario_a", prevalence_target=0.12)
    outcome = study.outcome.model_copy(update={"competing": ("death",)})
    study = study.model_copy(update={"outcome": outcome})
    registry = simulated(tmp_path, study, 3_000, SEED)
    ingest.run(study, registry.extract, tmp_path / "ingest")
    cohort.run(study, tmp_path / "ingest", tmp_path / "cohort", threads=1)
    at_risk_periods = read_cohort(study, tmp_path / "cohort").at_risk_periods()
    onsets = registry.facts()["onsets"]
    second = at_risk_periods.duplicated("person").to_numpy()
    onset = (at_risk_periods["state"] == 1).to_numpy()
    assert second.sum() > 30
    for found, expected in (
        (onset.sum(), onsets["expected_incident"]),
        (onset[~second].sum(), onsets["expected_incident_first_episode"]),
    ):
        assert 2 * norm.sf(abs(found - expected) / np.sqrt(expected)) > 0.001
    assert onset[second].any()
