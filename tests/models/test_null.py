"""Where nothing has an effect, the p-values of a model are uniform."""

from __future__ import annotations

import pytest
from conformance import uniform
from null_cohort import null_cohort
from test_conformance import MODELS

from analysis.estimates.model import EstimateModel
from analysis.study import PROTOCOLS, read_study

REPLICATES, FEWEST_EVENTS = 1_000, 200
STUDY = read_study(PROTOCOLS / "simulated.toml")


def gives_p_values(model: EstimateModel) -> bool:
    rows = model(null_cohort(STUDY, seed=0))
    return "null" not in model.exempt and any(row.p_value is not None for row in rows)


def test_a_null_cohort_has_events_enough_and_models_that_test_them() -> None:
    assert (null_cohort(STUDY, seed=1).people["state"] == 1).sum() >= FEWEST_EVENTS
    testing = {model.name for model in MODELS if gives_p_values(model)}
    assert {"risk_factors", "imputed_covariates", "entry_dependence"} <= testing


@pytest.mark.nightly
@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.name)
def test_p_values_are_uniform_where_nothing_has_an_effect(model: EstimateModel) -> None:
    if not gives_p_values(model):
        return
    replicates = (model(null_cohort(STUDY, seed)) for seed in range(REPLICATES))
    assert uniform(model, replicates) == []
