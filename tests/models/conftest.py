"""A small simulated registry, as the estimates stage reads it."""

from __future__ import annotations

import pytest

from analysis import cohort, ingest, simulate
from analysis.estimates.inputs.cohort_tables import Cohort, read_cohort
from analysis.study import PROTOCOLS, read_study

PEOPLE, SEED = 600, 11


@pytest.fixture(scope="session")
def registry(tmp_path_factory) -> Cohort:
    """A twentieth of the people fall ill, so that every model has something to estimate."""
    folder = tmp_path_factory.mktemp("models")
    study = read_study(PROTOCOLS / "simulated.toml")
    often = study.simulation.model_copy(update={"prevalence_target": 0.08, "dirt": False})
    few = study.missing.model_copy(update={"imputations": 2})
    study = study.model_copy(update={"simulation": often, "missing": few})
    simulate.run(study, PEOPLE, SEED, folder / "extract", folder / "truth")
    ingest.run(study, folder / "extract", folder / "ingest")
    cohort.run(study, folder / "ingest", folder / "cohort", threads=1)
    return read_cohort(study, folder / "cohort")
