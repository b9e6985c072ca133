"""The walk of docs/statistician.md: the files that its text shows, run through the stages."""

from __future__ import annotations

import html
import re
from pathlib import Path

import pytest
from conformance import CHECKS, Answered, uniform
from null_cohort import null_cohort

import reports
from analysis import cohort, disclose, estimates, ingest, simulate
from analysis.estimates import discovery
from analysis.study import read_study

PAGE = Path(__file__).parents[2] / "docs" / "statistician.md"
PEOPLE, SEED = 1_500, 1  # of the command that the text gives
HASH_HERE = "SHA-256 of the file, as the page prints it"


def written(language: str, first: str) -> str:
    """The block of the text that begins with ``first``."""
    blocks = re.findall(rf"```{language}\n(.*?)```", PAGE.read_text("utf-8"), re.S)
    [found] = [block for block in blocks if block.startswith(first)]
    return found


SHOWN = written("text", "Ratio of two").splitlines()


@pytest.fixture(scope="module")
def ours(tmp_path_factory) -> Path:
    """The folder that the text writes."""
    folder = tmp_path_factory.mktemp("ours")
    (folder / "rate_ratio.py").write_text(written("python", '"""Ratio of two rates'), "utf-8")
    (folder / "rate_ratio.toml").write_text(written("toml", "protocol_version"), "utf-8")
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


def page_of(folder: Path, ours: Path, out: Path) -> str:
    """The page that the stages after the cohort make of the protocol in ``folder``, in one line."""
    study = read_study(folder / "rate_ratio.toml", lambda: discovery.schemas(ours))
    provenance = {"extract": {}, "n": PEOPLE, "seed": SEED}
    models = discovery.found(ours)
    estimates.run(study, ours / "cohort", out / "estimates", None, provenance, models=models)
    disclose.run(study, out / "estimates", out / "disclose")
    reports.run(out / "disclose", out / "staging")
    page = (out / "staging" / "report.html").read_text("utf-8")
    return re.sub(r"\s+", " ", html.unescape(page))


@pytest.fixture(scope="module")
def studied(ours: Path) -> Path:
    """The folder with the cohort of the text's command."""
    study = read_study(ours / "rate_ratio.toml")
    simulate.run(study, PEOPLE, SEED, ours / "extract", ours / "truth")
    ingest.run(study, ours / "extract", ours / "ingest")
    cohort.run(study, ours / "ingest", ours / "cohort", threads=1)
    return ours


def test_the_page_withholds_the_numbers_and_names_the_hash(studied: Path, model, tmp_path) -> None:
    page = page_of(studied, studied, tmp_path)
    assert "Withheld: the model rate_ratio is not of this project" in page
    assert page.count(model.sha256) >= 2
    assert "no, withheld" in page
    assert SHOWN[-1] not in page


def test_with_the_hash_in_the_protocol_the_page_shows_what_the_text_shows(
    studied: Path, model, tmp_path
) -> None:
    words = written("toml", "[release.models]").replace(HASH_HERE, model.sha256)
    protocol = (studied / "rate_ratio.toml").read_text("utf-8")
    (tmp_path / "rate_ratio.toml").write_text(f"{protocol}\n{words}", "utf-8")
    page = page_of(tmp_path, studied, tmp_path)
    assert [line for line in SHOWN if line not in page] == []
    assert model.sha256 in page


@pytest.mark.nightly
def test_its_p_values_are_uniform_without_effect(ours: Path, model) -> None:
    study = read_study(ours / "rate_ratio.toml")
    assert uniform(model, (model(null_cohort(study, seed)) for seed in range(1_000))) == []


def test_the_text_lists_the_checks_there_are() -> None:
    listed = set(re.findall(r"^\| `(\w+)` \| [^|]* \|$", PAGE.read_text("utf-8"), re.M))
    assert {*CHECKS, "null"} <= listed
