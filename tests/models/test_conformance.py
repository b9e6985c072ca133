"""Every model that is found keeps to the contract: the project's and those of MODELS."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from conformance import CHECKS, Answered

from analysis.estimates import outside
from analysis.estimates.discovery import found
from analysis.estimates.model import EstimateModel

FOLDER = os.environ.get(outside.FOLDER)
MODELS = found(Path(FOLDER) if FOLDER else None)


@pytest.fixture(scope="module", params=MODELS, ids=lambda model: model.name)
def answered(request, registry) -> Answered:
    return Answered(request.param, registry)


@pytest.mark.parametrize("check", CHECKS)
def test_a_model_conforms(answered: Answered, check: str) -> None:
    model: EstimateModel = answered.model
    if check in model.exempt:
        pytest.skip(f"{model.name}: {model.exempt[check]}")
    assert CHECKS[check](model, answered) == []
