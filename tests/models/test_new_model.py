"""``make model`` writes a model that works, is asked for and is tested."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from conformance import CHECKS, Answered

from analysis.estimates import outside
from analysis.estimates.discovery import found
from analysis.estimates.new_model import FOLDERS, ROOT, main, write_model
from data_schema.refusal import Refusal


@pytest.mark.parametrize("question", FOLDERS)
def test_the_written_model_conforms(tmp_path: Path, registry, question: str) -> None:
    write_model("mine", question, tmp_path)
    [mine] = [one for one in found(tmp_path) if one.sha256]
    answers = Answered(mine, registry)
    assert {check: CHECKS[check](mine, answers) for check in CHECKS} == {c: [] for c in CHECKS}


def test_the_written_test_passes_and_style_is_the_project_s(tmp_path: Path) -> None:
    write_model("mine", "how_soon", tmp_path)
    command = [sys.executable, "-m", "pytest", "-c", "pyproject.toml", "--rootdir", ".", tmp_path]
    there = os.environ | {outside.FOLDER: str(tmp_path)}
    run = subprocess.run(command, cwd=ROOT, env=there, capture_output=True, text=True)
    assert run.returncode == 0, run.stdout
    style = ["-m", "ruff", "check", "--config", str(ROOT / "pyproject.toml")]
    style += ["--extend-ignore", "I001", str(tmp_path)]  # what is ours depends on where it lies
    assert subprocess.run([sys.executable, *style], capture_output=True).returncode == 0


def test_without_a_folder_the_files_go_where_the_project_has_them(tmp_path: Path) -> None:
    files = write_model("mine", "who", None, root=tmp_path)
    assert [file.relative_to(tmp_path).as_posix() for file in files] == [
        "analysis/estimates/who/mine.py",
        "data_schema/protocols/mine.toml",
        "tests/models/test_mine.py",
    ]
    assert "from analysis.estimates.who.mine import mine" in files[2].read_text("utf-8")


@pytest.mark.parametrize(("name", "question"), [("Mine", "who"), ("mine", "why"), ("", "who")])
def test_a_bad_name_or_question_is_refused(tmp_path: Path, name: str, question: str) -> None:
    with pytest.raises(Refusal):
        write_model(name, question, tmp_path)
    assert main([name, question, str(tmp_path)]) == 2


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    write_model("mine", "who", tmp_path)
    with pytest.raises(Refusal, match="is there already"):
        write_model("mine", "who", tmp_path)
