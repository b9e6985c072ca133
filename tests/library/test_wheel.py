"""The library's wheel, in an environment that has never seen this project."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import tomllib
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    dist = tmp_path_factory.mktemp("dist")
    subprocess.run(["make", "wheel", f"DIST={dist}"], cwd=ROOT, check=True, capture_output=True)
    (found,) = dist.glob("calcinosis_survival-*.whl")
    return found


@pytest.fixture(scope="module")
def elsewhere(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Python of an empty environment: the wheel by pip, its dependencies seen where they are."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, with_pip=False)
    python = folder / "bin" / "python"
    install = ["--python", str(python), "install", "--no-index", "--no-deps", str(wheel)]
    quiet = ["--quiet", "--disable-pip-version-check"]
    subprocess.run([sys.executable, "-m", "pip", *quiet, *install], check=True)
    (site,) = folder.glob("lib/*/site-packages")
    (site / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n", "utf-8")
    return python


def run(python: Path, *arguments: str) -> str:
    kept = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
    kept |= {"NUMBA_CACHE_DIR": str(python.parent / "numba"), "NUMBA_OPT": "0"}  # compiles sooner
    out = subprocess.run(
        [str(python), *arguments], cwd=python.parent, env=kept, capture_output=True, text=True
    )
    assert out.returncode == 0, out.stdout + out.stderr
    return out.stdout


def test_the_wheel_holds_the_library_and_nothing_else(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    files = {n for n in names if not n.split("/")[0].endswith(".dist-info")}
    folder = ROOT / "analysis" / "survival"
    ours = [p for p in folder.rglob("*") if p.suffix in (".py", ".pyi") or p.name == "py.typed"]
    assert files == {f"calcinosis_survival/{p.relative_to(folder).as_posix()}" for p in ours}
    (about,) = [n for n in names if n.endswith("METADATA")]
    text = zipfile.ZipFile(wheel).read(about).decode()
    assert "from calcinosis_survival import *" in text
    assert "analysis.survival" not in text.replace("analysis.survival_page", "")
    assert any(n.endswith("LICENSE") for n in names)


def test_version_and_licence_are_the_project_s() -> None:
    ours, library = (
        tomllib.loads((ROOT / path).read_text("utf-8"))["project"]
        for path in ("pyproject.toml", "analysis/survival/pyproject.toml")
    )
    assert (library["version"], library["license"]) == (ours["version"], ours["license"])
    assert library["requires-python"] == ours["requires-python"]


def test_it_runs_its_examples_under_its_own_name(elsewhere: Path) -> None:
    find = "import importlib.util as u; print(u.find_spec('analysis'), u.find_spec('data_schema'))"
    assert run(elsewhere, "-c", find) == "None None\n"
    script = Path(__file__).with_name("docstring_examples.py")
    assert "wrong: none" in run(elsewhere, str(script), "calcinosis_survival")
