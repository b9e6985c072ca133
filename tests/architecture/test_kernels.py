"""Compiled kernels are compiled at set-up, all of them, and never reorder sums."""

from __future__ import annotations

import ast

import pytest
from source_tree import call_name, calls, imports, module_name, python_files, relative

from analysis.warm import kernel_modules

FILES = python_files("analysis", "reports", "data_schema")


def compiles(path) -> bool:
    """The file decorates a function with Numba's compiler, or with a wrapper of it."""
    decorators = [
        decorator
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.FunctionDef)
        for decorator in node.decorator_list
        if isinstance(decorator, ast.Call)
    ]
    return any(call_name(decorator)[1] in ("njit", "jit", "compiled") for decorator in decorators)


def test_every_kernel_is_compiled_at_set_up() -> None:
    assert {module_name(path) for path in FILES if compiles(path)} == set(kernel_modules())


def test_numba_is_used_in_the_survival_library_and_in_kernels_only() -> None:
    rooms = [p for p in FILES if not relative(p).startswith("analysis/survival/")]
    others = [p for p in rooms if not p.stem.endswith("_kernels")]
    assert not [relative(p) for p in others if any(i.startswith("numba") for i in imports(p))]


@pytest.mark.parametrize(
    "path", [p for p in FILES if compiles(p) or p.stem == "compiled"], ids=relative
)
def test_a_kernel_keeps_the_order_of_its_sums(path) -> None:
    for call in calls(path):
        if call_name(call)[1] in ("njit", "jit"):
            options = {k.arg: k.value for k in call.keywords}
            assert "parallel" not in options
            fast = options.get("fastmath")
            assert fast is None or (isinstance(fast, ast.Constant) and fast.value is False)
            assert call.args, "an explicit signature, so that it is compiled when imported"
            assert isinstance(options["cache"], ast.Constant)
            assert options["cache"].value is True


@pytest.mark.parametrize("room", ["survival", "cohort"])
def test_kernels_are_where_they_are_looked_for(room: str) -> None:
    assert any(name.startswith(f"analysis.{room}.") for name in kernel_modules())
