"""The page in a browser: no sideways scrolling at phone width, no error in the console."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

BROWSER = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
QUIET = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--hide-scrollbars",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--allow-file-access-from-files",
    "--enable-logging=stderr",
]
# a frame as narrow as a phone: the window of a headless browser cannot be
FRAME = """<!DOCTYPE html><title>frame</title>
<iframe id="page" src="{page}" style="border:0;width:{width}px;height:900px"></iframe>
<p id="found">not measured</p>
<script>
window.onload = function () {{
  var root = document.getElementById("page").contentDocument.documentElement;
  var wide = root.querySelectorAll("figure svg").length;
  document.getElementById("found").textContent =
    "width " + root.scrollWidth + " of " + root.clientWidth + " figures " + wide;
}};
</script>
"""
pytestmark = [
    pytest.mark.needs_browser,
    pytest.mark.skipif(BROWSER is None, reason="needs Chromium, which is not installed"),
]


def measured(page: Path, width: int, folder: Path) -> tuple[int, int, int, str]:
    """(scrolled width, seen width, number of figures, what the console said)."""
    frame = folder / "frame.html"
    frame.write_text(FRAME.format(page=page.as_uri(), width=width), "utf-8")
    command = [str(BROWSER), *QUIET, f"--user-data-dir={folder / 'profile'}", "--dump-dom"]
    done = subprocess.run(
        [*command, frame.as_uri()], capture_output=True, text=True, timeout=60, check=True
    )
    found = re.search(r"width (\d+) of (\d+) figures (\d+)", done.stdout)
    assert found is not None
    console = "\n".join(line for line in done.stderr.splitlines() if "CONSOLE" in line)
    return int(found[1]), int(found[2]), int(found[3]), console


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("name", ["calcinosis", "death_only", "hidden"])
def test_nothing_overflows_and_nothing_complains(staged, tmp_path: Path, name, width) -> None:
    scrolled, seen, figures, console = measured(staged(name) / "report.html", width, tmp_path)
    assert (scrolled, seen) == (width, width)
    assert figures >= 1
    assert console == ""


def test_the_measurement_sees_an_overflow_and_an_error(tmp_path: Path) -> None:
    page = tmp_path / "bad.html"
    page.write_text("<div style='width:900px'>x</div><script>console.error('x')</script>", "utf-8")
    scrolled, seen, _, console = measured(page, 390, tmp_path)
    assert scrolled > seen
    assert console != ""
