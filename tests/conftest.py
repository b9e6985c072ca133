"""What holds for every test: a missing referee is a skip that is named, counted, and fatal in CI.

Markers: ``needs_r``, ``needs_browser``, ``needs_shared``, ``needs_spark``; see pyproject.toml. In
CI (the variable CI is set) a skipped test fails the run.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

SHARED = Path(__file__).parents[2] / "shared" / "data"
SPARK = Path(__file__).parents[1] / ".venv" / "spark" / "ready"
REFEREES = {
    "needs_r": ("R is absent", lambda: shutil.which("Rscript") is not None),
    "needs_browser": ("Chromium is not here", lambda: shutil.which("chromium") is not None),
    "needs_shared": ("the shared data packs are not here", SHARED.is_dir),
    "needs_spark": (
        "Java or PySpark is absent (make spark)",
        lambda: shutil.which("java") is not None and SPARK.exists(),
    ),
}


def pytest_runtest_setup(item: pytest.Item) -> None:
    for marker, (absent, present) in REFEREES.items():
        if item.get_closest_marker(marker) and not present():
            pytest.skip(absent)


def pytest_terminal_summary(terminalreporter) -> None:
    """Skips by reason, counted."""
    reasons: dict[str, int] = {}
    for report in terminalreporter.stats.get("skipped", []):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else "unnamed"
        reasons[reason] = reasons.get(reason, 0) + 1
    for reason in sorted(reasons):
        terminalreporter.write_line(f"not run: {reasons[reason]} tests, {reason}")


def pytest_sessionfinish(session: pytest.Session) -> None:
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("CI") and reporter and reporter.stats.get("skipped"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
