"""Expected values from R: stored beside their script with versions and a hash of the data."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

RSCRIPT = shutil.which("Rscript")


def stored(folder: Path, name: str, data: str) -> dict[str, Any]:
    """What R said, refused if the data have changed since."""
    expected = json.loads((folder / f"{name}.json").read_text())
    assert expected["data_sha256"] == sha256(folder / data), f"{data} changed since {name}.R ran"
    return expected


def regenerated(folder: Path, name: str, data: str, into: Path) -> dict[str, Any]:
    """Run ``name``.R again on the same data; skip where R or a package is absent."""
    if RSCRIPT is None:
        pytest.skip("R is absent")
    target = into / f"{name}.json"
    command = [RSCRIPT, str(folder / f"{name}.R"), str(folder / data), str(target)]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    if "there is no package called" in run.stderr:
        pytest.skip(f"an R package needed by {name}.R is absent")
    assert run.returncode == 0, run.stderr
    return {**json.loads(target.read_text()), "data_sha256": sha256(folder / data)}


def assert_same(first: Any, second: Any, rtol: float, where: str = "") -> None:
    """Equal structure, equal text, and numbers equal to ``rtol``; versions may differ."""
    if isinstance(first, dict):
        assert first.keys() == second.keys(), where
        for key in first.keys() - {"R", "packages"}:
            assert_same(first[key], second[key], rtol, f"{where}/{key}")
    elif isinstance(first, list):
        assert len(first) == len(second), where
        for position, (one, other) in enumerate(zip(first, second, strict=True)):
            assert_same(one, other, rtol, f"{where}/{position}")
    elif isinstance(first, int | float) and not isinstance(first, bool):
        np.testing.assert_allclose(first, second, rtol=rtol, atol=1e-13, err_msg=where)
    else:
        assert first == second, where


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def record(folder: Path, name: str, data: str) -> None:
    """Write ``name``.json from ``name``.R: for whoever changes a script on purpose."""
    expected = regenerated(folder, name, data, folder)
    (folder / f"{name}.json").write_text(json.dumps(expected, indent=0) + "\n")
