"""The survival library as a package: what it exports, what an import loads, what its page says."""

from __future__ import annotations

import ast
import inspect
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from docstring_examples import examples, failed

from analysis import survival
from analysis.survival_page import page

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "analysis" / "survival"
FUNCTIONS = [n for n in survival.__all__ if not inspect.isclass(getattr(survival, n))]
CLASSES = [n for n in survival.__all__ if inspect.isclass(getattr(survival, n))]

# What one curve needs, and no more: no model, no other curve's kernels.
KAPLAN_MEIER = {
    *("analysis", "analysis.survival", "analysis.survival.arguments"),
    *("analysis.survival.at_risk_periods", "analysis.survival.curves"),
    *("analysis.survival.curves." + one for one in ("at_risk", "confidence", "curve")),
    *("analysis.survival.curves." + one for one in ("curve_kernels", "product_limit")),
    *("analysis.survival.numerics", "analysis.survival.numerics.compiled"),
    *("analysis.survival.numerics.ranking", "analysis.survival.numerics.ranking_kernels"),
}


def loaded(statement: str) -> set[str]:
    """Modules of this project, and heavy ones, that a fresh interpreter loads for a statement."""
    code = f"{statement}\nimport json, sys\nprint(json.dumps(sorted(sys.modules)))"
    out = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, check=True)
    heavy = ("pandas", "matplotlib", "scipy.stats", "duckdb", "lifelines")
    names = json.loads(out.stdout)
    return {n for n in names if n.split(".")[0] == "analysis" or n in heavy}


def test_an_import_loads_what_the_estimator_needs() -> None:
    assert loaded("from analysis.survival import kaplan_meier") == KAPLAN_MEIER
    assert loaded("import analysis.survival") == {"analysis", "analysis.survival"}


def test_names_are_sorted_and_all_there() -> None:
    assert survival.__all__ == sorted(survival.__all__)
    assert set(survival.__all__) <= set(dir(survival))
    assert all(getattr(survival, name).__name__ == name for name in survival.__all__)
    with pytest.raises(AttributeError, match="no_such"):
        survival.no_such  # noqa: B018 - the attribute is what is asked for


def test_the_stub_names_what_the_modules_define() -> None:
    """Type checkers read the stub, the package does too: each name is defined where it says."""
    for node in ast.parse((FOLDER / "__init__.pyi").read_text("utf-8")).body[1:-1]:
        assert isinstance(node, ast.ImportFrom)
        assert node.module is not None
        path = FOLDER / (node.module.replace(".", "/") + ".py")
        defined = {n.name for n in ast.parse(path.read_text("utf-8")).body if hasattr(n, "name")}
        assert {alias.name for alias in node.names} <= defined
        assert all(alias.asname == alias.name for alias in node.names)


def test_no_folder_and_no_module_hides_a_name() -> None:
    """Neither a folder, wherever, nor a module beside the package's own file."""
    folders = {path.name for path in FOLDER.rglob("*") if path.is_dir()}
    beside = {path.stem for path in FOLDER.glob("*.py")}
    assert not set(survival.__all__) & (folders | beside)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_docstring_says_shapes_errors_source_and_gives_an_example(name: str) -> None:
    text = inspect.getdoc(getattr(survival, name)) or ""
    first, _, rest = text.partition("\n")
    assert first.endswith("."), "the first line is one sentence"
    for label in ("Shapes:", "Errors:", "Source:", ">>> "):
        assert f"\n{label}" in rest, f"{name} does not say {label}"
    assert re.search(r"\((18|19|20)\d\d\b", text.split("Source:")[1])


@pytest.mark.parametrize("name", CLASSES)
def test_a_result_says_what_it_is(name: str) -> None:
    assert (getattr(survival, name).__doc__ or "").partition("\n")[0].rstrip().endswith(".")
    assert not survival.__dict__[name].__doc__.startswith(f"{name}(")  # a dataclass's own


def test_every_example_gives_what_it_says() -> None:
    assert failed("analysis.survival") == []
    assert len(examples("analysis.survival")) == len(FUNCTIONS)


def test_the_committed_page_is_the_generated_one() -> None:
    committed = (ROOT / "docs" / "survival.md").read_text("utf-8")
    assert committed == page(), "run: python -m analysis.survival_page > docs/survival.md"
