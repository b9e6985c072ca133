"""A long run that was interrupted leaves out what passed, tries failures again and says so."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TESTS = """
from pathlib import Path

def test_passes():
    with Path("ran").open("a") as out:
        out.write("x")

def test_fails_once():
    assert Path("mended").exists()
"""


def run(folder: Path, *more: str) -> str:
    words = ["-p", "tests.resumed", "-p", "no:cacheprovider", "--resume", "state/passed.jsonl"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", *words, *more, "test_two.py"],
        cwd=folder,
        env={"PYTHONPATH": str(ROOT), "PATH": ""},
        capture_output=True,
        text=True,
        timeout=300,
    )
    return done.stdout


@pytest.mark.parametrize("workers", [(), ("-n", "2")])
def test_a_run_goes_on(tmp_path: Path, workers: tuple[str, ...]) -> None:
    (tmp_path / "test_two.py").write_text(TESTS)
    assert "1 failed, 1 passed" in run(tmp_path, *workers)
    with (tmp_path / "state" / "passed.jsonl").open("a") as state:
        state.write('["test_two.py::test_fails_once", "other code"]\n["cut sho')
    (tmp_path / "mended").touch()
    said = run(tmp_path, *workers)
    assert "1 passed" in said
    assert "not run again: 1 tests that passed at this code" in said
    assert (tmp_path / "ran").read_text() == "x"
