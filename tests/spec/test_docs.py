"""The pages say what is so: links lead somewhere, commands exist, the example runs."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import numpy as np
import pytest

from analysis.study import Model

ROOT = Path(__file__).parents[2]
ROOT_PAGES = ("README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md")
PAGES = [*map(ROOT.joinpath, ROOT_PAGES), *sorted((ROOT / "docs").rglob("*.md"))]
ELSEWHERE = {"docs/images/report.png"}  # a picture of the report, drawn last


def blocks(page: str, language: str) -> list[str]:
    text = (ROOT / "docs" / page).read_text("utf-8")
    return re.findall(rf"```{language}\n(.*?)\n *```", text, re.S)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_to_files(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)[^)]*\)", page.read_text("utf-8")):
        path = (page.parent / target).resolve()
        if path.relative_to(ROOT).as_posix() not in ELSEWHERE:
            assert path.exists(), target


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_files_that_are_named_exist(page: Path) -> None:
    named = re.findall(r"`((?:analysis|data_schema|tests)/[\w/.]+)`", page.read_text("utf-8"))
    assert not [name for name in named if not (ROOT / name).exists()]


def test_targets_and_variables_of_make_exist() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    targets = set(re.search(r"^\.PHONY: (.*)$", makefile, re.M)[1].split())
    text = "\n".join(page.read_text("utf-8") for page in PAGES)
    said = {word for word in re.findall(r"`?make ([a-z]+)(?=[`\s])", text)}
    commands = {line.split()[1] for line in re.findall(r"^make .*$", text, re.M)}
    assert commands <= targets
    assert {t for t in said if f"`make {t}" in text} <= targets
    for variable in re.findall(r"\b([A-Z]{3,})=", text):
        assert re.search(rf"^{variable} +\?=|\({variable}\)", makefile, re.M), variable


def test_every_decision_is_on_the_list() -> None:
    folder = ROOT / "docs" / "decisions"
    listed = (folder / "README.md").read_text("utf-8")
    pages = [page.name for page in folder.glob("*.md") if page.name != "README.md"]
    assert not [name for name in pages if f"({name})" not in listed]


def test_the_model_without_code_is_a_legal_model() -> None:
    example = blocks("statistician.md", "toml")[0]
    [model] = tomllib.loads(example)["models"]
    assert Model.model_validate(model).terms[0].transform == "log2"


def test_the_survival_example_is_the_library_s_own_call() -> None:
    generator = np.random.default_rng(7)
    X = generator.normal(size=(40, 1))
    start = np.zeros(40)
    stop = generator.integers(1, 30, 40).astype(float)
    names: dict = {"X": X, "start": start, "stop": stop, "event": np.arange(40) % 2}
    names |= {"person": np.arange(40), "centre": np.arange(40) % 3}
    exec(blocks("statistician.md", "python")[-1], names)
    assert names["fit"].status == "ok"


def test_the_statistician_s_sentences_are_short() -> None:
    text = (ROOT / "docs" / "statistician.md").read_text("utf-8")
    prose = re.sub(r"```.*?```|^#.*?$|^\|.*?$", "", text, flags=re.S | re.M)
    sentences = [s for s in re.split(r"[.:?]\s", prose) if s.split()]
    assert sum(len(s.split()) for s in sentences) / len(sentences) <= 25
