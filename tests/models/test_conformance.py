"""Every model that is found keeps to the contract: the project's and those of MODELS."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
from conformance import CHECKS, Answered

from analysis.estimates import outside
from analysis.estimates.discovery import found
from analysis.estimates.inputs.cohort_tables import Cohort
from analysis.estimates.model import EstimateModel

FOLDER = os.environ.get(outside.FOLDER)
MODELS = found(Path(FOLDER) if FOLDER else None)


APPLIES = [(model, check) for model in MODELS for check in CHECKS if check not in model.exempt]


@pytest.fixture(scope="module")
def answered(registry: Cohort) -> Callable[[EstimateModel], Answered]:
    """The answers of a model, kept for its other checks."""
    known = cache(lambda name: Answered(next(m for m in MODELS if m.name == name), registry))
    return lambda model: known(model.name)


@pytest.mark.parametrize(
    ("model", "check"), APPLIES, ids=lambda one: one if isinstance(one, str) else one.name
)
def test_a_model_conforms(answered, model: EstimateModel, check: str) -> None:
    assert CHECKS[check](model, answered(model)) == []


def test_what_does_not_apply_has_its_reason() -> None:
    assert all(len(why.split()) > 3 for model in MODELS for why in model.exempt.values())
