"""Every source that holds an ``example`` reads it into the rows of its ``expected``."""

from __future__ import annotations

import csv
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from analysis import ingest, store
from analysis.study import read_study
from data_schema.declarations import HERE, source_names

ROOT = HERE.parent
SOURCES = HERE / "sources"
EXAMPLES = [name for name in source_names() if (SOURCES / name / "example").is_dir()]


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_source_reads_its_example_as_expected(name: str, tmp_path: Path) -> None:
    study = read_study(HERE / "protocols" / "registry.toml").model_copy(update={"source": name})
    ingest.run(study, SOURCES / name / "example", tmp_path)
    assert store.read_frame(tmp_path / "rejects.parquet").empty
    for expected in sorted((SOURCES / name / "expected").glob("*.csv")):
        rows = list(csv.DictReader(expected.read_text("utf-8").splitlines()))
        typed = store.read_frame(tmp_path / expected.stem / "0000.parquet")
        found = [{k: text(row[k]) for k in rows[0]} for row in typed.to_dict("records")]
        assert found == rows, expected.stem


def text(cell: object) -> str:
    written = getattr(cell, "isoformat", lambda: str(cell))()
    return "" if written in ("None", "NaT", "nan") else written.removesuffix("T00:00:00")


def test_a_stranger_s_source_is_one_small_folder() -> None:
    files = [p for p in (SOURCES / "rio_dialysis").rglob("*") if p.is_file()]
    assert sum(len(p.read_text("utf-8").splitlines()) for p in files) < 40


@pytest.fixture
def copy_of_the_project(tmp_path: Path) -> Path:
    for folder in ("analysis", "data_schema"):
        shutil.copytree(
            ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__")
        )
    (tmp_path / "tests" / "spec").mkdir(parents=True)
    shutil.copy(__file__, tmp_path / "tests" / "spec")
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def run(folder: Path, *words: str) -> subprocess.CompletedProcess:
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONPATH": str(folder)}
    return subprocess.run(
        [sys.executable, *words], cwd=folder, env=environment, capture_output=True, text=True
    )


def test_a_scaffold_conforms_as_written_and_fails_once_it_is_wrong(copy_of_the_project) -> None:
    before = {p for p in copy_of_the_project.rglob("*") if p.is_file()}
    made = run(copy_of_the_project, "-m", "analysis.ingest.new_source", "ours")
    assert made.returncode == 0, made.stderr
    folder = copy_of_the_project / "data_schema" / "sources" / "ours"
    new = {p for p in copy_of_the_project.rglob("*") if p.is_file()} - before
    assert new
    assert all(p.is_relative_to(folder) for p in new)
    test = ("-m", "pytest", "tests/spec/test_sources_conform.py", "-k", "example and ours")
    conforms = run(copy_of_the_project, *test)
    assert conforms.returncode == 0, conforms.stdout
    expected = folder / "expected" / "labs.csv"
    expected.write_text(expected.read_text().replace("phosphate", "calcium"))
    assert run(copy_of_the_project, *test).returncode == 1


@pytest.mark.parametrize("name", ["native", "Ours", "../x", "a-b", ""])
def test_a_name_that_is_taken_or_bad_is_refused(copy_of_the_project, name: str) -> None:
    before = sorted(copy_of_the_project.rglob("*"))
    refused = run(copy_of_the_project, "-m", "analysis.ingest.new_source", name)
    assert refused.returncode == 2
    assert refused.stderr.startswith("source: NAME: ")
    assert refused.stderr.count("\n") == 1
    assert sorted(copy_of_the_project.rglob("*")) == before
