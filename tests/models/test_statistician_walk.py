"""The walk of docs/statistician.md: the files that its text shows, run through the stages."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from conformance import CHECKS, Answered, uniform
from null_cohort import null_cohort

from analysis.estimates import discovery
from analysis.study import read_study

PAGE = Path(__file__).parents[2] / "docs" / "statistician.md"


def written(language: str, first: str) -> str:
    """The block of the text that begins with ``first``."""
    blocks = re.findall(rf"```{language}\n(.*?)```", PAGE.read_text("utf-8"), re.S)
    [found] = [block for block in blocks if block.startswith(first)]
    return found


@pytest.fixture(scope="module")
def ours(tmp_path_factory) -> Path:
    """The folder that the text writes."""
    folder = tmp_path_factory.mktemp("ours")
    (folder / "rate_ratio.py").write_text(written("python", '"""Ratio of two rates'), "utf-8")
    (folder / "rate_ratio.toml").write_text(written("toml", "extends"), "utf-8")
    return folder


@pytest.fixture(scope="module")
def model(ours: Path):
    return next(one for one in discovery.found(ours) if one.name == "rate_ratio")


@pytest.mark.parametrize("check", CHECKS)
def test_the_model_of_the_text_conforms(model, registry, check: str) -> None:
    assert CHECKS[check](model, Answered(model, registry)) == []


def test_the_protocol_of_the_text_asks_for_it(ours: Path, model) -> None:
    study = read_study(ours / "rate_ratio.toml", lambda: discovery.schemas(ours))
    assert [one.name for one in discovery.asked(study, [model])] == ["rate_ratio"]
    assert study.simulated


@pytest.mark.nightly
def test_its_p_values_are_uniform_without_effect(ours: Path, model) -> None:
    study = read_study(ours / "rate_ratio.toml")
    assert uniform(model, (model(null_cohort(study, seed)) for seed in range(1_000))) == []


def test_the_text_lists_the_checks_there_are() -> None:
    listed = set(re.findall(r"^\| `(\w+)` \| [^|]* \|$", PAGE.read_text("utf-8"), re.M))
    assert {*CHECKS, "null"} <= listed
