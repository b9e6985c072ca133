"""What R says of the people of a page: a name and a value a line."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest


def r_says(script: str, data: Path) -> dict[str, float]:
    """Values by name; a skip that names the script where R lacks a package it needs."""
    command = ["Rscript", str(Path(__file__).with_name(script)), str(data)]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    if "there is no package called" in run.stderr:
        pytest.skip(f"an R package needed by {script} is absent")
    assert run.returncode == 0, run.stderr
    lines = (line.split("\t")[:2] for line in run.stdout.splitlines() if line)
    return {name: float(value) for name, value in lines}
