"""A long run that was interrupted goes on: ``--resume FILE`` leaves out what passed at this code.

A line of the file is a test that passed: its name and a hash of the code and of the tests. Only
passes are kept, so a failure is tried again; a change of any code tries everything again.
"""

from __future__ import annotations

import hashlib
import json
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
CODE = ("analysis", "data_schema", "reports", "tests", "benchmarks")
ENDS = {".py", ".sql", ".toml", ".csv", ".json", ".R", ".lock"}
PASSED = pytest.StashKey[set[str]]()


@cache
def code_hash() -> str:
    """One hash of the code, the declarations, the tests and the locks."""
    files = [p for room in CODE for p in (ROOT / room).rglob("*") if p.suffix in ENDS]
    digest = hashlib.sha256()
    for path in sorted([*files, *ROOT.glob("requirements*.lock")]):
        digest.update(path.relative_to(ROOT).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def passed_before(state: Path, code: str) -> set[str]:
    """Tests that passed at this code; a line cut short by an interruption is none."""
    found = set()
    for line in state.read_text("utf-8").splitlines() if state.exists() else ():
        try:
            test, at = json.loads(line)
        except ValueError:
            continue
        if at == code:
            found.add(test)
    return found


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--resume", default="", help="file of what passed; it is not run again")


def pytest_configure(config: pytest.Config) -> None:
    given = config.getoption("resume")
    workers_input = getattr(config, "workerinput", None)
    if workers_input is not None:  # all workers must leave out the same tests
        config.stash[PASSED] = set(workers_input["passed"])
    else:
        config.stash[PASSED] = passed_before(Path(given), code_hash()) if given else set()


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node) -> None:
    """pytest-xdist: what a worker is told."""
    node.workerinput["passed"] = sorted(node.config.stash[PASSED])


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    done = [item for item in items if item.nodeid in config.stash[PASSED]]
    if done:
        items[:] = [item for item in items if item.nodeid not in config.stash[PASSED]]
        config.hook.pytest_deselected(items=done)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo) -> None:
    """Written as soon as a test has passed, by whichever process ran it."""
    state = item.config.getoption("resume")
    if state and call.when == "call" and call.excinfo is None:
        Path(state).parent.mkdir(parents=True, exist_ok=True)
        with Path(state).open("a", encoding="utf-8") as out:
            out.write(json.dumps([item.nodeid, code_hash()]) + "\n")


def pytest_terminal_summary(terminalreporter, config: pytest.Config) -> None:
    if before := len(config.stash[PASSED]):
        terminalreporter.write_line(
            f"not run again: {before} tests that passed at this code ({config.getoption('resume')})"
        )
