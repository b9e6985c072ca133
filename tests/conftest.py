"""What holds for every test: a missing referee is a skip that is named, counted, and fatal in CI.

Markers: ``needs_r``, ``needs_browser``, ``needs_shared``, ``needs_spark``; see pyproject.toml. In
CI (the variable CI is set) a skipped test fails the run.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections import Counter
from pathlib import Path

import pytest

SHARED = Path(__file__).parents[2] / "shared" / "data"
SPARK = Path(sys.prefix) / "spark" / "ready"
REFEREES = {
    "needs_r": ("R is absent", lambda: shutil.which("Rscript") is not None),
    "needs_browser": ("Chromium is not here", lambda: shutil.which("chromium") is not None),
    "needs_shared": ("the shared data packs are not here", SHARED.is_dir),
    "needs_spark": (
        "Java or PySpark is absent (make spark)",
        lambda: shutil.which("java") is not None and SPARK.exists(),
    ),
}
pytest_plugins = ["tests.resumed"]


def pytest_runtest_setup(item: pytest.Item) -> None:
    for marker, (absent, present) in REFEREES.items():
        if item.get_closest_marker(marker) and not present():
            pytest.skip(absent)


def pytest_terminal_summary(terminalreporter) -> None:
    """Skips by reason, counted; seconds by folder."""
    skipped = terminalreporter.stats.get("skipped", [])
    named = (r.longrepr[2] if isinstance(r.longrepr, tuple) else "unnamed" for r in skipped)
    for reason, tests in sorted(Counter(named).items()):
        terminalreporter.write_line(f"not run: {tests} tests, {reason}")
    for folder, seconds in seconds_by_folder(terminalreporter.stats):
        terminalreporter.write_line(f"{seconds:8.1f} s  {folder}")


def seconds_by_folder(stats: dict) -> list[tuple[str, float]]:
    """Seconds of all tests of a folder, set-up included, the slowest folder first."""
    seconds: Counter[str] = Counter()
    for report in (one for kind in stats.values() for one in kind):
        if hasattr(report, "duration"):
            folders = Path(report.nodeid.split("::")[0]).parts[:-1]
            seconds["/".join(folders[:3])] += report.duration
    return seconds.most_common()


def pytest_sessionfinish(session: pytest.Session) -> None:
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("CI") and reporter and reporter.stats.get("skipped"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
