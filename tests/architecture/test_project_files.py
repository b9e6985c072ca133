"""Files: short, well named, free of addresses and machines; the lock file is complete."""

from __future__ import annotations

import re

import pytest
from source_tree import ROOMS, ROOT, WITH_TESTS, imports, python_files, relative, text_files

LONGEST = 350
NAMELESS = {"utils", "util", "helpers", "helper", "common", "misc", "tools", "functions"}
ADDRESS = re.compile(r"https?:" + "//")
MACHINE = re.compile("(?<![\\w.])/(" + "|".join(["work", "root", "home", "Users", "mnt"]) + ")/")
SCRATCH = re.compile("(?<![\\w.])/" + "tmp/")

# Shows the scanner a path that it must find.
SHOWS_A_PATH = {"tests/attack/test_scan.py"}

LOCKS = ("requirements", "requirements-dev")


@pytest.mark.parametrize("path", python_files(*WITH_TESTS), ids=relative)
def test_a_file_is_short_and_says_what_it_is(path) -> None:
    length = len(path.read_text("utf-8").splitlines())
    assert length <= LONGEST
    assert path.stem not in NAMELESS


@pytest.mark.parametrize("path", text_files(), ids=relative)
def test_no_file_knows_the_machine_it_was_written_on(path) -> None:
    if relative(path) in SHOWS_A_PATH:
        return
    text = path.read_text("utf-8", errors="replace")  # a source's example may have its encoding
    assert not MACHINE.search(text)
    assert not SCRATCH.search(text)


def build_files() -> list:
    named = [ROOT / "Makefile", *ROOT.glob("requirements*")]
    more = [p for pattern in ("**/*.lock", "**/*.mk") for p in ROOT.glob(f"[!.]*/{pattern}")]
    ci = [p for p in (ROOT / ".ci").rglob("*") if p.is_file()]
    ours = [p for p in more if relative(p).split("/")[0] not in ("build", "wheels", "dist")]
    return [path for path in [*named, *ours, *ci] if path.exists()]


@pytest.mark.parametrize("path", build_files(), ids=relative)
def test_what_builds_the_project_names_no_host(path) -> None:
    assert not ADDRESS.search(path.read_text("utf-8"))


def locked(name: str) -> dict[str, str]:
    """Package -> its line of a lock."""
    text = (ROOT / f"{name}.lock").read_text("utf-8").replace("\\\n", " ")
    lines = [line.strip() for line in text.splitlines() if line.strip() and line[0] != "#"]
    return {re.split(r"[=\[]", line)[0].lower(): line for line in lines}


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_file_pins_and_hashes_everything_and_names_no_index(name: str) -> None:
    lines = locked(name).values()
    assert lines
    for line in lines:
        assert re.match(r"[A-Za-z0-9_.-]+(\[[\w,]+\])?==[^\s;]+", line), line.split()[0]
        assert re.search(r"--hash=sha256:[0-9a-f]{64}", line), line.split()[0]
        options = set(re.findall(r"(?<!\S)--?[a-z-]+", line)) - {"--hash"}
        assert not options, line.split()[0]


@pytest.mark.parametrize("name", LOCKS)
def test_everything_asked_for_is_in_the_lock_file(name: str) -> None:
    lines = (ROOT / f"{name}.in").read_text("utf-8").splitlines()
    asked = [line.strip() for line in lines if line.strip() and line[0] not in "#-"]
    assert asked
    assert {re.split(r"[<>=\[; ]", line)[0].lower() for line in asked} <= set(locked(name))


def test_what_both_locks_name_is_the_same_version() -> None:
    report, developer = (locked(name) for name in LOCKS)
    shared = set(report) & set(developer)
    assert shared
    assert {p: report[p].split()[0] for p in shared} == {p: developer[p].split()[0] for p in shared}


def test_a_report_imports_nothing_of_the_developers_lock() -> None:
    """A page made from requirements.lock alone is a whole one."""
    only = set(locked("requirements-dev")) - set(locked("requirements"))
    imported = {i.split(".")[0].lower() for p in python_files(*ROOMS) for i in imports(p)}
    assert not imported & {name.replace("-", "_") for name in only}


def test_no_notebook_is_source() -> None:
    assert not [relative(p) for f in WITH_TESTS for p in (ROOT / f).rglob("*.ipynb")]
